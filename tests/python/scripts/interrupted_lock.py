import os, signal, threading
# A shell starts what runs in the background with this signal ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
lock = threading.Lock()
lock.acquire()
threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()
with lock:
    pass
