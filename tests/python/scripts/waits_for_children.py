import os, signal, subprocess, sys, time

class Waits:
    wait, waitpid = os.wait, os.waitpid

def child(function):
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        function()
        os._exit(0)
    return pid

first = child(lambda: os._exit(3))
print(os.waitpid(first, 0)[1], Waits().wait is os.wait)
child(lambda: os.kill(os.getpid(), signal.SIGTERM))
print(os.wait()[1])
slow = child(lambda: time.sleep(0.2))
print(os.waitpid(slow, os.WNOHANG), os.waitpid(-1, 0) == (slow, 0), os.waitpid.__name__, os.wait)
for call in (lambda: os.wait(), lambda: os.waitpid(1), lambda: os.waitpid("a", 0), lambda: os.waitpid(-1, os.WNOHANG), lambda: os.wait(1)):
    try:
        print(call())
    except (OSError, TypeError) as error:
        print(type(error).__name__, error)
signal.signal(signal.SIGALRM, lambda *_: print("alarm"))
signal.setitimer(signal.ITIMER_REAL, 0.05)
sleeper = child(lambda: time.sleep(0.3))
print(os.waitpid(sleeper, 0)[1])
print(subprocess.run(["sh", "-c", "kill -9 $$"]).returncode, subprocess.run(["true"]).returncode)
try:
    subprocess.run(["sleep", "5"], timeout=0.05)
except subprocess.TimeoutExpired as error:
    print(type(error).__name__)
