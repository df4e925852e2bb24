import atexit, queue, threading
class Own(queue.SimpleQueue):
    pass
for make in (threading.Lock, threading.RLock, threading.Condition, threading.Event, queue.SimpleQueue, queue.Queue, Own):
    # C calls it at the end, so there is no frame of the script below its own.
    atexit.register(make)
