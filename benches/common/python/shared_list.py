# The exercise's list: one thread adds, another removes, under a lock. Argument: additions.
import sys
import threading

ROUNDS = int(sys.argv[1])

things = []
lock = threading.Lock()


def add():
    for number in range(ROUNDS):
        with lock:
            things.append(number)


def remove():
    left = ROUNDS
    while left:
        with lock:
            if things:
                things.pop(0)
                left -= 1


threads = [threading.Thread(target=job) for job in (add, remove)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert not things
