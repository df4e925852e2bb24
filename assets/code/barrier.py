## correct
barrier = threading.Barrier(workers)

def worker(me):
    for step in range(1, ops + 1):
        slots[me] = step            #= store slot
        barrier.wait()              #= wait barrier, arrive, trip, leave
        check(slots[me + 1], step)  #= load slot
        barrier.wait()
