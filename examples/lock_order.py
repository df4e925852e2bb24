"""Two transfers between two accounts, in opposite directions.

Each takes the lock of the account that it takes from, then the other one's. If both have their
first lock, each waits for the one that the other holds: a deadlock.
"""
import threading


class Account:
    def __init__(self, amount):
        self.amount = amount
        self.lock = threading.Lock()


def transfer(source, target, amount):
    with source.lock:
        with target.lock:
            source.amount -= amount
            target.amount += amount


savings = Account(100)
current = Account(100)
threads = [
    threading.Thread(target=transfer, args=(savings, current, 30), name="saver"),
    threading.Thread(target=transfer, args=(current, savings, 50), name="spender"),
]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert (savings.amount, current.amount) == (120, 80)
