# 200 threads take a lock and release it; 10 million of that are records. Argument: rounds of each.
import sys
import threading

ROUNDS = int(sys.argv[1])

lock = threading.Lock()


def work():
    for _ in range(ROUNDS):
        with lock:
            pass


threads = [threading.Thread(target=work) for _ in range(200)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
