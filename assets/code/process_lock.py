## correct
counter = multiprocessing.RawValue("i", 0)
lock = multiprocessing.Lock()

def adder(counter, lock):
    for _ in range(ops):
        with lock:                  #= wait
            value = counter.value   #= held
            counter.value = value + 1

## skip
counter = multiprocessing.RawValue("i", 0)
lock = multiprocessing.Lock()

def adder(counter, lock):           # one of them
    # with lock:                    # is left out
        value = counter.value       #= wait, held
        counter.value = value + 1

## dead-owner
lock = multiprocessing.Lock()

def adder(counter, lock):
    with lock:                      #= wait
        value = counter.value       #= held
        os.kill(os.getpid(), SIGKILL)
        # CPython: the lock stays taken, and all others wait
        # for ever. Here the next holder learns of the death.
