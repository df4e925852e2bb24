import os
os.closerange(3, 2000)
own = os.open("/dev/null", os.O_WRONLY)
for high in (1000, 250):
    try:
        os.dup2(own, high)
    except OSError:
        high = own
    pid = os.fork()
    if not pid:
        os._exit(os.path.sameopenfile(own, high))
    print(os.WEXITSTATUS(os.waitpid(pid, 0)[1]))
os.closerange(3, 2000)
pid = os.fork()
if not pid:
    os._exit(0)
print(os.waitpid(pid, 0)[1])
