import inspect, multiprocessing as mp, pickle, traceback
from multiprocessing import managers


class Counter:
    def __init__(self):
        self.n = 0

    def add(self, by=1):
        self.n += by
        return self.n

    def fail(self):
        raise KeyError("of the object")


class Own(managers.BaseManager):
    pass


Own.register("Counter", Counter)


def work(names, counter):
    names.append(counter.add(5))


def trace(call, *args):
    try:
        call(*args)
    except Exception:
        print(traceback.format_exc().splitlines()[-1].split(" at 0x")[0])


if __name__ == "__main__":
    print(inspect.signature(managers.BaseProxy._callmethod), managers.BaseProxy.__init__.__name__)
    with mp.Manager() as manager, Own() as own:
        names, counter = manager.list([1]), own.Counter()
        print(type(names).__name__, type(counter).__name__, names, counter.add(), counter.add(by=2))
        child = mp.Process(target=work, args=(names, counter))
        child.start()
        child.join()
        print(child.exitcode, list(names), [n for n in names], len(names), 1 in names)
        nested = manager.dict(names=names)
        nested["names"].append("in")
        print(names[:], nested.keys(), names == names[:])
        names += [2]
        names[0] = None
        print(names[:], sorted(nested.copy()))
        space = manager.Namespace(a=1)
        space.b = space.a + 1
        print(space.b, space)
        trace(counter.fail)
        trace(names.index, 7)
        trace(names.__getitem__, 99)
        trace(counter.add, 1, 2, 3)
        trace(pickle.dumps, lambda: 0)
        trace(names.append, lambda: 0)
        lock, queue, barrier = manager.RLock(), manager.Queue(1), manager.Barrier(1)
        with lock:
            print(lock.acquire(), lock.release(), barrier.wait(), queue.put(1), queue.full())
        print(queue.get(timeout=5), queue.empty())
        trace(queue.get_nowait)
        with manager.Pool(1) as pool:
            print(pool.apply(abs, (-3,)), pool.map(abs, [-1, 2]))
    try:
        names.append(1)
    except Exception:
        print("the manager is gone")
