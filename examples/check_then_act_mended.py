"""Two threads take the last item of a list, and check and take it under one lock.

The mended version of check_then_act.py: what was checked is still true when it is acted upon.
"""
import threading

items = ["the only one"]
lock = threading.Lock()


def take():
    with lock:
        if len(items) > 0:
            items.pop()


threads = [threading.Thread(target=take, name=name) for name in ("first", "second")]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert items == []
