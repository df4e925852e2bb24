# No lock stays acquired by a call that failed at the limit of recursion.
import multiprocessing, threading
def inside(lock):
    with lock: return inside(lock)
def after(lock):
    with lock: pass
    return after(lock)
for kind, functions in (
    (threading.Lock, [after]),
    (threading.RLock, [inside, after]),
    (threading.Semaphore, [after]),
    (multiprocessing.Lock, [after]),
    (multiprocessing.RLock, [inside, after]),
):
    for function in functions:
        lock = kind()
        try: function(lock)
        except RecursionError: print("too deep")
        t = threading.Thread(target=lambda: print(lock.acquire(timeout=2)))
        t.start(); t.join()
