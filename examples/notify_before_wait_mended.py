"""A thread waits until a state has been reached, whenever that was.

The mended version of notify_before_wait.py: the state outlives the notification.
"""
import threading

condition = threading.Condition()
ready = False


def prepare():
    global ready
    with condition:
        ready = True
        condition.notify()


def consume():
    with condition:
        while not ready:
            condition.wait()


threads = [
    threading.Thread(target=consume, name="consumer"),
    threading.Thread(target=prepare, name="producer"),
]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
