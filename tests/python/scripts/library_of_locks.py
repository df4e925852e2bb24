import concurrent.futures, queue, threading
q = queue.Queue(2)
def produce():
    for n in range(5):
        q.put(n)
    q.put(None)
threading.Thread(target=produce).start()
print(list(iter(q.get, None)))
with concurrent.futures.ThreadPoolExecutor(3) as pool:
    print(list(pool.map(lambda n: n * n, range(6))))
barrier, event, gate = threading.Barrier(2), threading.Event(), threading.BoundedSemaphore(1)
def meet():
    barrier.wait()
    with gate:
        event.set()
t = threading.Thread(target=meet)
t.start()
barrier.wait()
print(event.wait(5), gate.acquire(timeout=5))
t.join()
try:
    gate.release(); gate.release()
except ValueError as error:
    print(error)
