## correct
counter, lock = 0, threading.Lock()

def adder():
    for _ in range(ops):
        with lock:                  #= acquire lock
            value = counter         #= load counter
            counter = value + 1     #= store counter
        # released here             #= release lock
