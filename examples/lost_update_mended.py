"""Two threads add to one counter, each addition under a lock.

The mended version of lost_update.py: between the read and the write no other thread can add.
`threadbare explore` runs every order that can make a difference, and none of them fails.
"""
import threading

ROUNDS = 3
counter = 0
lock = threading.Lock()


def add():
    global counter
    for _ in range(ROUNDS):
        with lock:
            counter += 1


threads = [threading.Thread(target=add, name=name) for name in ("first", "second")]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert counter == 2 * ROUNDS, f"{counter} of {2 * ROUNDS} additions are left"
