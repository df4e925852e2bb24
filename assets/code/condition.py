## correct
lock = threading.Lock()
room = threading.Condition(lock)
item = threading.Condition(lock)

def producer(value):
    with lock:                      #= acquire lock
        while buffer.full():        #= load put, load taken
            room.wait()             #= wait room, wake
        buffer.append(value)        #= store
        item.notify()               #= notify an item

def consumer():
    with lock:                      #= acquire lock
        while not buffer:           #= load put, load taken
            item.wait()             #= wait an item, wake
        buffer.popleft()            #= load slot, store
        room.notify()               #= notify room
