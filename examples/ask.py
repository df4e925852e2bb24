"""Two questions on the terminal, and a thread that counts the time meanwhile.

The main thread waits in input() for you; the clock runs on, because a thread that reads gives the
interpreter's lock away. On the screen `i` gives the keyboard to the script, and `esc` takes it back.
"""
import threading

lock = threading.Lock()
ticks = 0
done = threading.Event()


def count():
    global ticks
    while not done.wait(0.25):
        with lock:
            ticks += 1


clock = threading.Thread(target=count, name="clock")
clock.start()
try:
    name = input("Your name? ")
    colour = input(f"Hello {name}. Which colour do you like? ")
    print(f"{colour} is noted.")
except EOFError:
    print("\nNo more answers.")
finally:
    done.set()
    clock.join()
with lock:
    print(f"The clock has counted {ticks} quarters of a second.")
