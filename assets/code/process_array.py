## correct
array = multiprocessing.Array("i", slots)

def mover(array):
    for at in slots_to_move:
        with array.get_lock():      #= wait
            array[at] -= 1          #= held
            array[at + 1] += 1

## unlocked
array = multiprocessing.Array("i", slots)

def mover(array):
    for at in slots_to_move:
        # with array.get_lock():    # is left out
            array[at] -= 1          #= wait, held
            array[at + 1] += 1
