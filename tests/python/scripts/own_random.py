# Whatever of the library wants the real one fails as without us.
import os, sys
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "shadow"))
import random
print(random.whose)
sys.path.pop(0)
import queue, threading
lock, items = threading.Lock(), queue.Queue()
def work():
    with lock: items.put(1)
t = threading.Thread(target=work)
t.start()
t.join()
print(items.get())
try:
    import tempfile
except ImportError as error:
    print(type(error).__name__, error.name)
