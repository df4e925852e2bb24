# CPython's pools on the exercise: create, square 1..10, close.
# Arguments: kind of pool, then sizes to do once each. Without sizes: reads them, a line each, and
# writes the nanoseconds that each took.
import concurrent.futures
import multiprocessing
import sys
import time


def square(n):
    return n * n


def job(kind, size):
    if kind == "executor":
        context = multiprocessing.get_context("fork")
        with concurrent.futures.ProcessPoolExecutor(size, mp_context=context) as pool:
            assert sum(pool.map(square, range(1, 11))) == 385
    else:
        with multiprocessing.get_context(kind).Pool(size) as pool:
            assert sum(pool.map(square, range(1, 11))) == 385
            pool.close()
            pool.join()


if __name__ == "__main__":
    kind, *sizes = sys.argv[1:]
    for size in sizes:
        job(kind, int(size))
    if not sizes:
        print(sys.version.split()[0], flush=True)
        for line in sys.stdin:
            start = time.perf_counter_ns()
            job(kind, int(line))
            print(time.perf_counter_ns() - start, flush=True)
