"""A thread waits for a signal that may have been given before.

A notification wakes those that wait at that moment and is then gone. If it comes first, the
waiter waits for ever: it has to check a state under the lock and not only wait.
"""
import threading

condition = threading.Condition()


def prepare():
    with condition:
        condition.notify()


def consume():
    with condition:
        condition.wait()


threads = [
    threading.Thread(target=consume, name="consumer"),
    threading.Thread(target=prepare, name="producer"),
]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
