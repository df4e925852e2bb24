# The exercise with the list at full speed: adders append, removers take the first value if
# there is one, each operation under one lock.
# Arguments: adders, removers, operations of each.
import sys
import threading

adders, removers, operations = map(int, sys.argv[1:])
values = []
lock = threading.Lock()


def add():
    for n in range(operations):
        with lock:
            values.append(n)


def remove():
    for _ in range(operations):
        with lock:
            if values:
                values.pop(0)


threads = [threading.Thread(target=add) for _ in range(adders)]
threads += [threading.Thread(target=remove) for _ in range(removers)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
