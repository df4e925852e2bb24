import concurrent.futures as cf, inspect, sys, threading, traceback

def work(n):
    if n == 3:
        raise ValueError("three")
    return n * n

def shows_its_stack():
    # Older versions have one frame more with us, at the bottom.
    traceback.print_stack(file=sys.stdout, limit=4 if sys.version_info < (3, 11) else None)

class Executor(cf.ThreadPoolExecutor):
    def __init__(self):
        super().__init__(1)
        print(sorted(name for name in vars(self) if "thread" not in name))
    def submit(self, fn, *args):
        print("submits", fn.__name__)
        return super().submit(fn, *args)

def main():
    with cf.ThreadPoolExecutor(2, "w", lambda: None) as pool:
        futures = [pool.submit(work, n) for n in range(5)]
        done, left = cf.wait(futures)
        print(len(done), len(left), sorted(vars(futures[0])))
        print([type(f.exception()) for f in futures])
        print(sorted(f.result() for f in cf.as_completed(futures) if not f.exception()))
        try:
            futures[3].result()
        except ValueError:
            traceback.print_exc()
        try:
            list(pool.map(work, range(5)))
        except ValueError as error:
            print(error)
            tb, names = error.__traceback__, []
            while tb:
                names.append(tb.tb_frame.f_code.co_name)
                tb = tb.tb_next
            print(names)
        pool.submit(shows_its_stack).result()
        print(inspect.signature(pool.submit), repr(futures[0]).split(" at ")[0])
        for call in (lambda: pool.submit(), lambda: cf.ThreadPoolExecutor(0), lambda: cf.Future(1)):
            try:
                call()
            except Exception as error:
                print(type(error), error)
    try:
        pool.submit(work, 1)
    except RuntimeError as error:
        print(error)
    gate = threading.Event()
    with Executor() as one:
        first = one.submit(gate.wait)
        second = one.submit(work, 2)
        print(second.cancel(), second.cancel(), second.cancelled())
        second.add_done_callback(lambda f: print("done", f.cancelled()))
        try:
            first.result(timeout=0.01)
        except cf.TimeoutError as error:
            print(repr(error))
        gate.set()
    own = cf.Future()
    own.set_running_or_notify_cancel()
    own.set_result(5)
    print(own.result())
    with cf.ProcessPoolExecutor(2) as processes:
        print(list(processes.map(work, [1, 2], chunksize=2)))
        try:
            processes.submit(work, 3).result()
        except ValueError as error:
            print(error, type(error.__cause__).__name__)

if __name__ == "__main__":
    main()
