import os, subprocess, sys
out = dict(stdout=subprocess.PIPE)
code = "import os, threading; l = threading.Lock(); print(type(l), 'PYTHONPATH' in os.environ)"
print(subprocess.run([sys.executable, "-c", code], **out).stdout)
print(subprocess.run([sys.executable, "-c", code], env={}, **out).stdout)
print(subprocess.run([sys.executable, "-I", "-c", code], **out).stdout)
print(subprocess.run("exit 4", shell=True).returncode)
