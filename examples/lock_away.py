"""One thread adds to a list, another takes from it, and a lock keeps them apart.

    threadbare examples/lock_away.py          then press l to take the lock away

The remover looks at the last value, works on it, and only then removes it. Without the lock the
adder comes in between, and what is removed is not what was worked on.
"""
import threading
import time

ROUNDS = 300

numbers = []
lock = threading.Lock()
worked_on = []
removed = []


def add():
    for number in range(ROUNDS):
        with lock:
            numbers.append(number)
        time.sleep(0.03)


def remove():
    while len(removed) < ROUNDS:
        with lock:
            if numbers:
                number = numbers[-1]
                worked_on.append(number)
                time.sleep(0.04)  # the work
                removed.append(numbers.pop())
                if removed[-1] != number:
                    print(f"worked on {number}, removed {removed[-1]}", flush=True)
        time.sleep(0.002)


adder = threading.Thread(target=add, name="adder")
remover = threading.Thread(target=remove, name="remover")
adder.start()
remover.start()
adder.join()
remover.join()

wrong = sum(1 for worked, gone in zip(worked_on, removed) if worked != gone)
print(f"{ROUNDS} added, {len(removed)} removed, {len(numbers)} left")
print(f"{wrong} of them were removed in the place of another")
