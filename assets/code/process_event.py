## correct
ready = multiprocessing.Event()

def writer():
    data.value = 42
    ready.set()

def reader():
    ready.wait()                    #= wait
    check(data.value)               #= held

## no-wait
ready = multiprocessing.Event()

def writer():
    data.value = 42
    ready.set()

def reader():                       # one of them
    # ready.wait()                  # is left out
    check(data.value)               #= wait, held
