## correct
ready = threading.Event()

def writer():
    data = 42                       #= store data
    ready.set()                     #= set ready

def reader():
    ready.wait()                    #= wait ready
    if data == 42:                  #= load data
        found += 1                  #= add readers
