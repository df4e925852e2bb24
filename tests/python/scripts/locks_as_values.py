import copy, pickle, threading, weakref
lock, again = threading.Lock(), threading.RLock()
for what in (lambda: pickle.dumps(lock), lambda: copy.deepcopy(again), lambda: setattr(lock, "name", 1)):
    try:
        what()
    except Exception as error:
        print(type(error).__name__, error)
print(weakref.ref(lock)() is lock, hash(lock) == hash(lock), lock == lock, lock == again, bool(lock))
print(isinstance(lock, type(threading.Lock())), isinstance(again, type(threading.RLock())))
print(type(again), str(lock)[:24], str(again)[:25])
with lock:
    print(lock.locked(), lock.acquire(False), lock.acquire(timeout=0.01), lock.acquire(blocking=False))
print(lock.locked(), lock.acquire(True, 0.5), str(lock)[:22])
class Holder:
    factory = threading.Lock
print(Holder().factory().locked(), callable(threading.Lock), pickle.loads(pickle.dumps(Holder)) is Holder)
