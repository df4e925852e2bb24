"""Two threads add to one counter without a lock.

`counter += 1` reads the counter, adds, and writes it back. Another thread between the read and
the write makes an addition disappear. `threadbare explore` finds such an order of the two;
most versions of CPython never choose it by themselves.
"""
import threading

ROUNDS = 3
counter = 0


def add():
    global counter
    for _ in range(ROUNDS):
        counter += 1


threads = [threading.Thread(target=add, name=name) for name in ("first", "second")]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert counter == 2 * ROUNDS, f"{counter} of {2 * ROUNDS} additions are left"
