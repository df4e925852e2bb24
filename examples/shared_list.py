"""One thread appends numbers to a list while another removes them, under one lock.

At the end the list has what was added and not removed. With a second remover and without the
lock (`with lock:`), `threadbare explore` finds an order in which one of them takes from an empty
list, although it has just looked whether there is something in it.
"""
import random
import threading
import time

ROUNDS = 3
numbers = []
lock = threading.Lock()


def add():
    for _ in range(ROUNDS):
        number = random.randint(1, 100)
        with lock:
            numbers.append(number)
            print("added", number)
        time.sleep(0.5)


def remove():
    for _ in range(ROUNDS):
        with lock:
            if numbers:
                print("removed", numbers.pop(0))
            else:
                print("nothing to remove")
        time.sleep(0.5)


threads = [
    threading.Thread(target=add, name="adder"),
    threading.Thread(target=remove, name="remover"),
]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("Final list:", numbers)
