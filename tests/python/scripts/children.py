import os, subprocess, sys
out = dict(stdout=subprocess.PIPE)
code = "import os, sys, threading; l = threading.Lock(); print(l.locked(), 'PYTHONPATH' in os.environ, 'THREADBARE_RUN' in os.environ, 'sitecustomize' in sys.modules)"
print(subprocess.run([sys.executable, "-c", code], **out).stdout)
print(subprocess.run([sys.executable, "-c", code], env={}, **out).stdout)
print(subprocess.run([sys.executable, "-I", "-c", code], **out).stdout)
print(subprocess.run("exit 4", shell=True).returncode)
env = dict(os.environ, OWN="1")
print(subprocess.run([sys.executable, "-c", code], env=env, **out).stdout)
os.environ["PYTHONPATH"] = "/own"
code = "import os, sys; print(os.environ['PYTHONPATH'], '/own' in sys.path, open(os.devnull).fileno())"
print(subprocess.run([sys.executable, "-c", code], **out).stdout)
print(subprocess.run(["env"], **out).stdout.count(b"/own"), os.environ["PYTHONPATH"])
