## correct
value = multiprocessing.Value("i", 0)

def adder(value):
    for _ in range(ops):
        with value.get_lock():      #= wait
            value.value += 1        #= held

## unlocked
value = multiprocessing.Value("i", 0)

def adder(value):
    for _ in range(ops):
        value.value += 1            #= wait, held
        # its own lock guards the load and the store,
        # not both together
