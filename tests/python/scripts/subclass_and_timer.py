import threading
class Counter(threading.Thread):
    def __init__(self):
        super().__init__(name="counter")
        self.total = 0
    def run(self):
        self.total = sum(range(100))
    def __eq__(self, other):
        return True
    __hash__ = None
c = Counter()
c.start()
c.join()
print(c.total, c.name, c.is_alive(), c.native_id is not None)
t = threading.Timer(0.01, print, ("the timer",))
t.start()
t.join()
never = threading.Timer(60, print)
never.start()
never.cancel()
for wrong in (c.start, c.join, threading.current_thread().join, lambda: threading.Thread().join()):
    try:
        print(wrong())
    except RuntimeError as error:
        print(error)
