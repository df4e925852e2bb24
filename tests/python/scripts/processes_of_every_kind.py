import multiprocessing as mp, os, signal, subprocess, sys, threading, time, traceback

class Own(mp.Process):
    def run(self):
        print("own", self.name, flush=True)

def fails(n):
    if n == 2:
        raise ValueError("two")
    return n

def begins(text):
    print(text, mp.current_process().daemon, flush=True)

def initializes(value):
    global initialized
    initialized = value

def stack():
    # Older versions have one frame more with us, at the bottom of a thread's stack.
    if sys.version_info < (3, 11):
        return initialized
    return initialized, "".join(line for line in traceback.format_stack() if "threadbare_shim" in line)

def talks(pipe, queue, value, array, event):
    with value.get_lock():
        value.value += 1
    array[0] = 7
    pipe.send((threading.current_thread().name, sorted(k for k in os.environ if "THREADBARE" in k)))
    queue.put(event.wait(60))

def raises():
    sys.stderr = sys.stdout
    raise KeyError("in child")

def outer(n):
    process = mp.Process(target=begins, args=("inner %d" % n,))
    process.start()
    process.join()

def waits():
    time.sleep(60)

def main():
    print(os.open(os.devnull, os.O_RDONLY))
    for method in ("fork", "spawn", "forkserver"):
        context = mp.get_context(method)
        here, there = context.Pipe()
        queue, value = context.Queue(), context.Value("i", 1)
        array, event = context.Array("i", 2), context.Event()
        process = context.Process(target=talks, args=(there, queue, value, array, event))
        process.start()
        print(here.recv())
        event.set()
        print(queue.get(), value.value, array[:])
        process.join()
        print(process.exitcode, process.is_alive())
        process = context.Process(target=raises, name="raises")
        process.start()
        process.join()
        print(process.exitcode)
        process = context.Process(target=waits, daemon=True)
        process.start()
        process.kill()
        process.join(60)
        print(process.exitcode)
        outer_one = context.Process(target=outer, args=(1,))
        outer_one.start()
        outer_one.join()
        with context.Pool(1, initializes, (5,), maxtasksperchild=1) as pool:
            print(pool.map(fails, [0, 1], chunksize=1), pool.apply(stack), repr(pool)[:40])
            try:
                pool.map(fails, [1, 2], chunksize=1)
            except ValueError as error:
                print(type(error.__cause__).__name__, "shim" in str(error.__cause__))
            print(list(pool.imap(fails, [4, 5])), sorted(pool.imap_unordered(fails, [6, 7])))
            result = pool.apply_async(fails, (3,))
            print(result.get(60), result.ready(), result.successful())
    own = Own(name="mine")
    own.start()
    own.join()
    with mp.pool.ThreadPool(2) as threads:
        print(threads.map(fails, [0, 1]))
    with mp.Manager() as manager:
        names = manager.list([1])
        names.append(2)
        print(list(names), manager.dict(a=1)["a"])
    child = subprocess.Popen([sys.executable, "-c", "import sys; sys.exit(6)"], preexec_fn=lambda: None)
    print(child.wait())
    # A daemon closes everything, and its files get the first numbers.
    sys.stdout.flush()
    if os.fork() == 0:
        os.closerange(3, 4096)
        files = [os.open(os.devnull, os.O_RDONLY) for _ in range(3)]
        threading.Thread(target=lambda: print(files, flush=True)).start()
        lock = threading.Lock()
        with lock:
            pass
        time.sleep(0.05)
        os._exit(0)
    print(os.wait()[1])
    os.kill(os.getpid(), 0)

if __name__ == "__main__":
    import multiprocessing.pool
    main()
