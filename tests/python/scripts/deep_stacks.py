import sys, threading, traceback
def depth():
    return len(traceback.extract_stack())
def recurse(n):
    return recurse(n + 1)
def work():
    print(depth(), [frame.name for frame in traceback.extract_stack()])
    try:
        recurse(0)
    except RecursionError as error:
        print(error)
t = threading.Thread(target=work)
t.start()
t.join()
print(depth())
