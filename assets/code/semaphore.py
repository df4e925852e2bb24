## correct
seats = threading.BoundedSemaphore(2)

def guest():
    for _ in range(ops):
        with seats:                 #= acquire seats
            guests += 1             #= add guests = 1
            visits += 1             #= add visits
            guests -= 1             #= add guests = -1
        # released here             #= release seats
