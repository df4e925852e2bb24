"""Two threads take the last item of a list.

Each checks that there is one and then takes it. If both check before either takes, the second
one takes from an empty list.
"""
import threading

items = ["the only one"]


def take():
    if len(items) > 0:
        items.pop()


threads = [threading.Thread(target=take, name=name) for name in ("first", "second")]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert items == []
