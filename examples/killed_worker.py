"""A worker of a process pool is killed in the middle of a task. `ProcessPoolExecutor` sees it and
ends all of its tasks with an exception; `multiprocessing.Pool` would wait for ever.

    threadbare examples/killed_worker.py
"""
import os
import signal
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool


def task(number):
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


if __name__ == "__main__":
    with ProcessPoolExecutor(max_workers=2) as pool:
        futures = [pool.submit(task, number) for number in range(6)]
        broken = 0
        for future in futures:
            try:
                future.result()
            except BrokenProcessPool:
                broken += 1
    print(f"lost with the pool: {broken} of {len(futures)} tasks")
