"""Pools of 2, 4 and 8 processes square 1 to 10, and each is timed.

    threadbare examples/square_pool.py

Nearly all of the time is spent on starting and ending the processes, so more of them are slower.
"""
import time
from multiprocessing import Pool


def square(number):
    return number * number


if __name__ == "__main__":
    for size in (2, 4, 8):
        start = time.perf_counter()
        with Pool(size) as pool:
            squares = pool.map(square, range(1, 11))
        seconds = time.perf_counter() - start
        print(f"{size} processes: {squares} in {seconds:.3f} s")
