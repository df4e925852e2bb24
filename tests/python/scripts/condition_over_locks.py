import threading
for lock in (threading.Lock(), threading.RLock(), None):
    condition = threading.Condition(lock)
    items = []
    def consumer():
        with condition:
            while not items:
                condition.wait()
            print("took", items.pop())
    t = threading.Thread(target=consumer)
    t.start()
    with condition:
        items.append(1)
        condition.notify()
    t.join()
    with condition:
        print(condition.wait(0.01))
    try:
        condition.notify()
    except RuntimeError as error:
        print(error)
