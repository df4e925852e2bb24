# Whatever number of threads is notified that Python takes.
import threading
condition = threading.Condition()
def work():
    with condition: condition.wait(30)
for n in (0, 1, 1.5, -1, True):
    threads = [threading.Thread(target=work) for _ in range(3)]
    for t in threads: t.start()
    def waiters():
        with condition: return len(condition._waiters)
    while waiters() < 3: pass
    with condition:
        try: condition.notify(n)
        except ValueError as error: print(error)
        print(n, len(condition._waiters))
        condition.notify_all()
    for t in threads: t.join()
