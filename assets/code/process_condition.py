## correct
item = multiprocessing.Condition(lock)
room = multiprocessing.Condition(lock)

def producer():
    with lock:
        while len(buffer) == ROOM:
            room.wait()             #= wait
        put(next_item)              #= held
        item.notify()

def consumer():
    with lock:
        while len(buffer) == 0:
            item.wait()             #= wait
        take()                      #= held
        room.notify()

## if
item = multiprocessing.Condition(lock)

def producer():
    with lock:
        put(1)
        item.notify_all()           # one item, all are woken

def consumer():
    with lock:
        if len(buffer) == 0:        # must be `while`
            item.wait()             #= wait
        take()                      #= held

## early
item = multiprocessing.Condition(lock)

def producer():
    with lock:
        put(1)
        item.notify_all()           # before any wait

def consumer():                     # comes later
    with lock:
        item.wait()                 #= wait
        take()                      #= held
