# One thread takes a lock again and again, then two threads fight for it. Writes into a file what
# a `with lock` costs (ns) and how often a second the lock went from one thread to the other.
import sys
import threading
import time

ROUNDS = 100_000
SECONDS = 2

lock = threading.Lock()


def alone():
    start = time.perf_counter_ns()
    for _ in range(ROUNDS):
        with lock:
            pass
    return (time.perf_counter_ns() - start) / ROUNDS


last = None
changes = 0
ended = False


def change(me):
    global last, changes
    if last is not me:
        last = me
        changes += 1


def hammer(me):
    # A call, as in most scripts: without one CPython switches threads only between two rounds,
    # when the lock is free.
    while not ended:
        with lock:
            change(me)


cost = alone()
threads = [threading.Thread(target=hammer, args=(object(),)) for _ in range(2)]
for thread in threads:
    thread.start()
time.sleep(SECONDS)
ended = True
for thread in threads:
    thread.join()
with open(sys.argv[1], "w") as file:
    file.write("%f %f" % (cost, changes / SECONDS))
