## correct
here, there = multiprocessing.Pipe()

def echo(there):
    while True:
        message = there.recv()      #= wait
        there.send(message)         #= held

here.send(message)
assert here.recv() == message

## wrong-way
receives, sends = multiprocessing.Pipe(duplex=False)

receives.send(message)              # OSError: only receives

def echo(there):
    message = there.recv()          #= wait
    there.send(message)             #= held

## both-send
here, there = multiprocessing.Pipe()

def echo(there):
    there.send(bytes(16 * 2**20))   #= wait, held
    there.recv()                    # never comes to this

here.send(bytes(16 * 2**20))        # both wait for room
