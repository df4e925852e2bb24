## correct
seats = multiprocessing.BoundedSemaphore(2)

def guest():
    for _ in range(ops):
        with seats:                 #= wait
            stay()                  #= held

## over-release
seats = multiprocessing.Semaphore(2)    # not Bounded

seats.release()                     # a third permit

def guest():
    with seats:                     #= wait
        stay()                      #= held
