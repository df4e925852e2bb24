import copy, inspect, multiprocessing as mp, multiprocessing.synchronize, os, pickle, signal, sys, threading, traceback

class Own(mp.synchronize.Lock):
    def __init__(self, name, context):
        super().__init__(ctx=context)
        self.name = name

class Raises:
    def __bool__(self):
        raise LookupError("no truth")

def works(lock, again, gate, few, out):
    for one in (lock, again, gate, few):
        with one:
            pass
        print(type(one), one, sorted(vars(one)), flush=True)
    out.send((repr(lock), lock.acquire(False), repr(lock), lock.release(), repr(again), again.acquire()))
    again.release()
    try:
        few.release()
        few.release()
    except ValueError as error:
        print(error, flush=True)
    with lock:
        raise KeyError("held by a child")

def passes_on(lock):
    # To a child of its own.
    child = mp.get_context("spawn").Process(target=takes, args=(lock,))
    child.start()
    child.join()

def takes(lock):
    with lock:
        print("taken", lock, flush=True)

def waits(lock, out):
    # Where a shell has started it in the background, interrupts are ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        out.send(lock.acquire(timeout=0.01))
        lock.acquire()
    except KeyboardInterrupt:
        print("interrupted", flush=True)

def tried(what):
    try:
        print(what())
    except Exception as error:
        print(type(error).__name__, error)
        traceback.print_exc(file=sys.stdout)

def judged(lock):
    for what in (lambda: lock.acquire("yes"), lambda: lock.acquire(True, "no"), lambda: lock.acquire(1, 2, 3),
                 lambda: lock.acquire(blocking=True), lambda: lock.acquire(block=False, timeout=-1),
                 lambda: lock.acquire(block=True, timeout=1), lambda: lock.acquire(timeout=1, block=1),
                 lambda: lock.acquire(Raises()), lambda: lock.acquire(True, 10**400), lambda: lock.release(1),
                 lambda: lock.acquire(0.5), lambda: lock.acquire(None)):
        tried(what)
        while True:
            try:
                lock.release()
            except (ValueError, AssertionError) as error:
                print(error)
                break

def main():
    for method in ("fork", "spawn", "forkserver"):
        context = mp.get_context(method)
        lock, again, gate, few = context.Lock(), context.RLock(), context.Semaphore(1), context.BoundedSemaphore(2)
        print(lock, again, gate, few, type(lock) is mp.synchronize.Lock, isinstance(gate, mp.synchronize.SemLock))
        print(few.get_value(), str(lock.acquire).split(" at ")[0], lock.acquire is lock.acquire)
        print(lock.acquire.__name__, lock.release.__qualname__, lock.acquire.__self__ is lock._semlock)
        for what in (lambda: pickle.dumps(lock), lambda: copy.copy(again), lambda: pickle.dumps(lock.acquire), lambda: lock.nothing,
                     lambda: inspect.signature(lock.acquire)):
            tried(what)
        here, there = context.Pipe()
        child = context.Process(target=works, args=(lock, again, gate, few, there))
        child.start()
        child.join()
        print(here.recv())
        print(child.exitcode, lock, again, gate, few)
        with lock:
            print(lock, lock.acquire(False), lock.acquire(timeout=0.01), lock.acquire(True, 0))
            thread = threading.Thread(target=lambda: print(lock, again, lock.acquire(block=False)))
            thread.start()
            thread.join()
            child = context.Process(target=waits, args=(lock, there))
            child.start()
            print(here.recv())
            os.kill(child.pid, 2)
            child.join()
        try:
            with again:
                again.acquire()
                raise ValueError("in with")
        except ValueError as error:
            print(error, again, again.release(), again)
        if method != "fork":
            child = context.Process(target=passes_on, args=(lock,))
            child.start()
            child.join()
        own = Own("mine", context)
        with own:
            print(own, own.name, sorted(vars(own)))
    judged(context.Lock())
    judged(context.RLock())
    tried(lambda: mp.Lock(1))
    tried(lambda: context.BoundedSemaphore(-1))
    tried(lambda: context.Semaphore("x"))
    with context.Lock() as entered:
        print(entered)
    print(inspect.signature(mp.synchronize.Lock), inspect.getsource(mp.synchronize.Lock.__init__)[:30])
    lock.release()

if __name__ == "__main__":
    main()
