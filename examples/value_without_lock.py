"""Two processes add to a shared `Value`. It has a lock, and `+=` does not take it: the value is
read and written in two steps.

    threadbare examples/value_without_lock.py
    threadbare examples/value_without_lock.py locked
"""
import sys
from multiprocessing import Process, Value

ROUNDS = 20_000


def add(value, locked):
    for _ in range(ROUNDS):
        if locked:
            with value.get_lock():
                value.value += 1
        else:
            value.value += 1


if __name__ == "__main__":
    value = Value("i", 0)
    processes = [Process(target=add, args=(value, "locked" in sys.argv)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    print(f"{value.value} after {2 * ROUNDS} additions, {2 * ROUNDS - value.value} lost")
