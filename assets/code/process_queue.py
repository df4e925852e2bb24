## correct
q = multiprocessing.JoinableQueue(ROOM)

def producer():
    for item in items:
        q.put(item)                 #= wait, held

def consumer():
    while (item := q.get()) is not None:    #= wait
        use(item)                   #= held
        q.task_done()

## closed
q = multiprocessing.JoinableQueue(ROOM)

def producer():
    q.close()
    q.put(item)                     # ValueError: closed

def consumer():
    while (item := q.get()) is not None:    #= wait
        use(item)                   #= held
        q.task_done()

## too-many-task-done
q = multiprocessing.JoinableQueue(ROOM)

def consumer():
    item = q.get()                  #= wait
    q.task_done()                   #= held
    q.task_done()                   # ValueError: too often
