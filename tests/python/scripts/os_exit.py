import os, sys, threading, time
threading.Thread(target=time.sleep, args=(60,)).start()
print("before")
sys.stdout.flush()
os._exit(3)
