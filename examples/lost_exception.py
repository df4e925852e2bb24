"""A task of a pool raises, and nobody asks for its result: the exception is never seen.

    threadbare examples/lost_exception.py

`result()` would raise it again; so would the loop over `map`. The exit code is 0.
"""
from concurrent.futures import ThreadPoolExecutor


def root(number):
    if number < 0:
        raise ValueError(f"{number} has no real root")
    return number**0.5


with ThreadPoolExecutor(max_workers=2, thread_name_prefix="worker") as pool:
    futures = [pool.submit(root, number) for number in (4, -1, 9)]

print(f"{sum(future.done() for future in futures)} of {len(futures)} tasks are done")
