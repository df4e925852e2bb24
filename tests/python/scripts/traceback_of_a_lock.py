import sys, threading, traceback
lock, again = threading.Lock(), threading.RLock()
for what in (lock.release, again.release, lambda: lock.acquire(False, 1), lambda: lock.acquire(timeout=-2),
             lambda: lock.acquire("yes", "no"), lambda: threading.Lock(3), lambda: lock.nothing):
    try:
        what()
    except Exception:
        traceback.print_exc(file=sys.stdout)
lock.release()
