import multiprocessing, os, threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing.pool import ThreadPool
lock = threading.Lock()
start = None
def begin(number):
    global start
    start = number
def add(n):
    with lock: return start + n
def inner(method):
    # A worker of an executor may have children of its own, one of a pool may not.
    context = multiprocessing.get_context(method)
    with context.Pool(2, initializer=begin, initargs=(10,)) as pool:
        return pool.map(add, range(4))
def outer(n):
    with ThreadPool(2) as pool:
        return pool.map(len, ["a" * m for m in range(n)])
def fails(): raise OSError("at the start")
def main():
    with ProcessPoolExecutor(1, multiprocessing.get_context("fork")) as executor:
        for method in ("fork", "spawn"):
            print(method, executor.submit(inner, method).result())
    with multiprocessing.get_context("fork").Pool(2, maxtasksperchild=1) as pool:
        print(pool.map(outer, (1, 3), chunksize=1))
        try:
            pool.apply(inner, ("fork",))
        except AssertionError as error:
            print(error)
    with ThreadPoolExecutor(1, initializer=fails) as executor:
        print(type(executor.submit(len, "").exception()).__name__)
if __name__ == "__main__":
    main()
