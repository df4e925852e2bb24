import inspect, multiprocessing as mp, multiprocessing.queues, os, pickle, queue, sys, threading, time, traceback

class Own(mp.queues.Queue):
    def __init__(self, name, context):
        super().__init__(2, ctx=context)
        self.name = name
    def put(self, item, *args):
        super().put((self.name, item), *args)

class Refuses:
    def __reduce__(self):
        raise LookupError("not to be pickled")
    def __repr__(self):
        return "<refuses>"

def moves(one, two, three, out):
    print(type(one).__name__, type(two).__name__, type(three).__name__, one.get(), two.get(), three.get(), flush=True)
    two.task_done()
    print(sorted(k for k in vars(one) if k != "_wlock"), sorted(vars(three)), flush=True)
    out.put(one.get(timeout=60))
    try:
        one.get(timeout=0.01)
    except queue.Empty:
        traceback.print_exc(file=sys.stdout)
    sys.stdout.flush()
    out.put(os.getpid() != one._opid)

def never_read(queue):
    # Without this the process could not end: nothing takes what it has put.
    queue.cancel_join_thread()
    queue.put(b"x" * (1 << 20))

def waits_for(condition, event, barrier, out):
    with condition:
        condition.notify_all()
    print(condition.wait_for.__name__, event.wait(60), flush=True)
    barrier.wait()
    out.put("passed")

def tried(what):
    try:
        print(what())
    except Exception as error:
        print(type(error).__name__, error)
        traceback.print_exc(file=sys.stdout)

def queues_of(context):
    one, two, three, out = context.Queue(2), context.JoinableQueue(), context.SimpleQueue(), context.SimpleQueue()
    print(type(one) is mp.queues.Queue, isinstance(two, mp.queues.Queue), type(three) is mp.queues.SimpleQueue)
    child = context.Process(target=moves, args=(one, two, three, out))
    child.start()
    one.put("a")
    two.put("b")
    three.put("c")
    one.put("d")
    two.join()
    child.join()
    print(out.get(), out.get(), child.exitcode, out.empty())
    tried(lambda: two.task_done())
    tried(lambda: one.get(False))
    tried(lambda: one.get_nowait())
    tried(lambda: one.get(True, 0.01))
    tried(lambda: one.get(timeout="x"))
    one.put(1)
    one.put(2)
    tried(lambda: one.put(3, False))
    tried(lambda: one.put(3, timeout=0.01))
    tried(lambda: one.put(3, True, "x"))
    print(one.qsize(), one.full(), one.get(), one.get(), one.empty())
    tried(lambda: pickle.dumps(one))
    tried(lambda: three.put(Refuses()))
    tried(lambda: three.get(1))
    one.close()
    one.join_thread()
    tried(lambda: one.put(1))
    tried(lambda: one.get())
    if hasattr(three, "close"):
        three.close()
        tried(lambda: three.get())
        tried(lambda: three.put(1))
    own = Own("mine", context)
    own.put(1)
    print(own.get(), own.name)
    child = context.Process(target=never_read, args=(two,))
    child.start()
    child.join()
    print(child.exitcode)

def tools_of(context):
    lock = context.Lock()
    condition, event, barrier, out = context.Condition(lock), context.Event(), context.Barrier(2), context.SimpleQueue()
    print(condition, type(event), sorted(vars(condition)), sorted(vars(event)), sorted(vars(barrier)))
    tried(lambda: condition.wait())
    tried(lambda: condition.notify())
    tried(lambda: condition.release())
    tried(lambda: pickle.dumps(event))
    child = context.Process(target=waits_for, args=(condition, event, barrier, out))
    with condition:
        print(condition.wait(0.01), condition.wait_for(lambda: False, 0.01), lock)
        child.start()
        print(condition.wait(60), condition)
    print(event.is_set(), event.wait(0.01))
    event.set()
    barrier.wait()
    print(out.get(), event.is_set(), event.wait(), barrier.broken)
    child.join()
    event.clear()
    again = context.Condition()
    with again:
        with again:
            print(again.wait(0.01), again)
            again.notify_all()
    tried(lambda: barrier.wait(0.01))
    print(barrier.broken, inspect.signature(mp.synchronize.Event.wait), inspect.signature(mp.synchronize.Condition))

def main():
    for method in ("fork", "spawn", "forkserver"):
        context = mp.get_context(method)
        queues_of(context)
        tools_of(context)
    print(inspect.signature(mp.queues.Queue), inspect.signature(mp.queues.Queue.get), mp.queues.Queue.get.__qualname__)
    # Its thread reports what cannot be pickled.
    left = mp.get_context("fork").Queue()
    left.put(Refuses())
    left.close()
    left.join_thread()
    raise SystemExit(3)

if __name__ == "__main__":
    import multiprocessing.synchronize
    main()
