## correct
lock = threading.RLock()

def walker(level):
    with lock:                      #= acquire tree lock
        visits += 1                 #= load visits, store visits
        if level > 1:
            walker(level - 1)       # takes it once more
        # released here             #= release tree lock
