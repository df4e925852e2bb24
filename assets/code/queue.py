## correct
q = queue.Queue(maxsize=4)

def producer():
    for item in items:
        q.put(item)                 #= send queue

def consumer():
    while True:
        item = q.get()              #= receive queue
        taken.append(item)
        q.task_done()               #= task done queue

def foreman():
    all_sent.wait()                 #= await
    q.join()                        #= join queue
    q.shutdown()  # Python 3.13      #= close queue
