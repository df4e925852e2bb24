import threading
def work():
    raise ValueError("in a thread")
for n in range(2):
    t = threading.Thread(target=work, name="worker-%d" % n)
    t.start()
    t.join()
print("main goes on")
