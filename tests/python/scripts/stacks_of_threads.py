# What a script sees of its own stacks: while threads wait, and where the library calls it.
import inspect
import queue
import sys
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor

lock = threading.Lock()
items = queue.Queue()


def on_lock():
    with lock:
        pass


def on_condition():
    condition = threading.Condition()
    with condition:
        condition.wait()


def on_event():
    threading.Event().wait()


def on_queue():
    items.get()


def on_semaphore():
    threading.Semaphore(0).acquire()


def asleep():
    time.sleep(1000)


def names(thread):
    frame = sys._current_frames()[thread.ident]
    stack = traceback.extract_stack(frame)
    return [one.name for one in stack], [one.function for one in inspect.getouterframes(frame)][::-1]


def here():
    return [one.function for one in inspect.stack()], [one.name for one in traceback.extract_stack()]


lock.acquire()
for work, *calls in (
    (on_lock,),
    (on_condition, "wait"),
    (on_event, "wait", "wait"),
    (on_queue, "get", "wait"),
    (on_semaphore, "acquire", "wait"),
    (asleep,),
):
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    last = [work.__name__, *calls]
    stacks = names(thread)
    while any(stack[-len(last) :] != last for stack in stacks):
        time.sleep(0.001)
        stacks = names(thread)
    print(*stacks)
print(sys._current_frames()[threading.get_ident()] is sys._getframe())


class Queue(queue.Queue):
    def _put(self, item):
        print(here())
        super()._put(item)


class Condition(threading.Condition):
    def notify(self, n=1):
        print(here())
        super().notify(n)


class Thread(threading.Thread):
    def run(self):
        print(here())


Queue().put(1)
condition = Condition()
with condition:
    condition.notify()
thread = Thread()
thread.start()
thread.join()
threading.Barrier(1, action=lambda: print(here())).wait()
with ThreadPoolExecutor(1) as executor:
    print(executor.submit(here).result())
traceback.print_stack(file=sys.stdout)
