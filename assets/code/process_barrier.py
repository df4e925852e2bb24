## correct
barrier = multiprocessing.Barrier(workers)

def walker(me):
    for step in range(1, ops + 1):
        steps[me] = step
        barrier.wait()              #= wait
        check(steps)                #= held
        barrier.wait()

## skip
barrier = multiprocessing.Barrier(workers)

def walker(me):                     # one of them
    steps[me] = step
    # barrier.wait()                # is left out
    check(steps)                    #= wait, held

## too-many
barrier = multiprocessing.Barrier(workers + 1)

def walker(me):
    steps[me] = step
    barrier.wait()                  #= wait
    check(steps)                    #= held
