"""A pool of four threads computes 1! to 10!.

    threadbare examples/factorial_pool.py

Each task rests for a moment, so that one sees who takes which: a factorial of ten takes less time
than to look at it.
"""
import math
import time
from concurrent.futures import ThreadPoolExecutor


def factorial(number):
    time.sleep(0.3)
    return math.factorial(number)


with ThreadPoolExecutor(max_workers=4, thread_name_prefix="worker") as pool:
    numbers = range(1, 11)
    for number, result in zip(numbers, pool.map(factorial, numbers)):
        print(f"{number}! = {result}")
