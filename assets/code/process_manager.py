## correct
manager = multiprocessing.Manager()
shared = manager.dict(count=0, names=manager.list())

def client(shared, lock):
    with lock:                      #= wait
        shared["count"] += 1        #= held
        shared["names"].append(me)

## nested-copy
manager = multiprocessing.Manager()
shared = manager.dict(count=0, names=[])    # a plain list

def client(shared, lock):
    with lock:                      #= wait
        shared["count"] += 1        #= held
        shared["names"].append(me)  # changes a copy

## no-lock
manager = multiprocessing.Manager()
shared = manager.dict(count=0, names=manager.list())

def client(shared, lock):
    # with lock:                    # is left out
        shared["count"] += 1        #= wait, held
        shared["names"].append(me)  # += is two calls

## missing
manager = multiprocessing.Manager()
shared = manager.dict(count=0, names=manager.list())

def client(shared, lock):
    shared["missing"]               # KeyError, in the client
    with lock:                      #= wait
        shared["count"] += 1        #= held
