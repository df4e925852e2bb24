import inspect, pickle, queue, threading, traceback

class Stack(queue.LifoQueue):
    def __init__(self, name):
        super().__init__(3)
        self.name = name
    def _put(self, item):
        print(self.name, "puts", item)
        super()._put(item)

class Own(queue.SimpleQueue):
    def get(self, *args):
        return "own", super().get(*args)

for q in (queue.Queue(2), queue.LifoQueue(), queue.PriorityQueue(), Stack("s")):
    print(type(q).__name__, type(q).__mro__, sorted(vars(q)))
    q.put(2)
    q.put_nowait(1)
    try:
        q.put(3, timeout=0.01)
        print(q.qsize(), q.full())
    except queue.Full:
        traceback.print_exc()
    print([q.get() for _ in range(q.qsize())])
    try:
        q.get_nowait()
    except queue.Empty as error:
        print(repr(error))
    for _ in range(2):
        q.task_done()
    with q.mutex:
        q.queue.clear()
simple = queue.SimpleQueue()
print(type(simple), queue.SimpleQueue, isinstance(simple, queue.SimpleQueue), issubclass(Own, queue.SimpleQueue))
for kind in (queue.SimpleQueue, Own):
    q = kind()
    t = threading.Thread(target=lambda: print(q.get()))
    t.start()
    q.put(7)
    t.join()
    print(q.empty(), q.qsize())
    for call in (lambda: q.get(timeout=-1), lambda: q.get(False), lambda: q.get_nowait(),
                 lambda: q.put(1, 2, 3, 4), lambda: q.nothing, lambda: pickle.dumps(q)):
        try:
            call()
        except Exception as error:
            print(type(error), error)
try:
    simple.own = 1
except AttributeError as error:
    print(error)
print(inspect.signature(queue.Queue), inspect.signature(queue.Queue.put))
print(inspect.getsource(queue.Queue.__init__)[:30])
if hasattr(queue, "ShutDown"):
    q = queue.Queue()
    q.put(1)
    t = threading.Thread(target=lambda: [q.get(), q.get()])
    threading.excepthook = lambda args: print(args.exc_type)
    t.start()
    q.shutdown()
    t.join()
