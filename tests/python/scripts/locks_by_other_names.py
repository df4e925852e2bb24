# Locks under other names, of other modules, and inside of what the library makes of them.
import _thread, asyncio, concurrent.futures, contextlib, functools, queue, threading
from threading import Lock as L, RLock as R, Condition as C
from concurrent.futures import ThreadPoolExecutor
lock_class = threading.Lock
a, b, c = L(), lock_class(), R()
for one in (a, b, c):
    with one: print(repr(one).split(" at ")[0].split(" object")[0])
class MyLock(threading.RLock().__class__):
    def __init__(self, name): self.name = name
m = MyLock("mine")
with m: print(m.name, m._is_owned())
cond = threading.Condition(a)
print(cond._lock is a, cond.acquire.__name__)
items = []
def consumer():
    with cond:
        while not items: cond.wait(5)
        print("got", items.pop())
t = threading.Thread(target=consumer); t.start()
with cond: items.append(1); cond.notify()
t.join()
for lock in (threading._RLock(), threading._PyRLock(), threading._CRLock() if threading._CRLock else None, _thread.RLock(), _thread.allocate_lock(), _thread.allocate()):
    with lock: print(type(lock).__module__, type(lock).__name__)
    cc = threading.Condition(lock)
    with cc: print(cc.wait(0.01))
for lock in (a, b, c):
    cc = threading.Condition(lock)
    with cc: print(cc.wait(0.01), cc.wait_for(lambda: True))
    try: cc.wait(0.01)
    except RuntimeError as e: print(e)
    try: cc.notify()
    except RuntimeError as e: print(e)
async def main():
    def work(n):
        with a: return n * 2
    loop = asyncio.get_running_loop()
    if hasattr(asyncio, "to_thread"):
        print(await asyncio.gather(*(asyncio.to_thread(work, n) for n in range(3))))
    print(await loop.run_in_executor(None, work, 4))
    lock = asyncio.Lock()
    async with lock: print(lock.locked())
    q = asyncio.Queue(); await q.put(1); print(await q.get())
    e = asyncio.Event(); loop.call_soon_threadsafe(e.set); await e.wait()
asyncio.run(main())
local = threading.local()
def init(n): local.n = n; print("init", n, threading.current_thread().name.split("_")[0][:18])
with ThreadPoolExecutor(1, thread_name_prefix="w", initializer=init, initargs=(3,)) as ex:
    print(ex.submit(lambda: local.n).result(), list(ex.map(lambda x: x + local.n, [1, 2])))
class Counter:
    lock = L()
    rlock = R()
    make = L
    def inc(self):
        with self.lock, self.rlock: return 1
    @functools.cached_property
    def x(self): return 3
print(Counter().inc(), Counter().x, type(Counter().make()).__name__ in ("lock", "Lock"))
class Synced(threading.Condition): pass
s = Synced(); 
with s: s.notify_all()
class Sem(threading.Semaphore):
    def __init__(self, n): super().__init__(n); self.n = n
with Sem(2) as x: print(x)
class Ev(threading.Event):
    def set(self): print("set"); super().set()
Ev().set()
class T(threading.Thread):
    def run(self): print("run", threading.current_thread() is self)
T().start()
tm = threading.Timer(0.01, print, ["timer"]); tm.start(); tm.join()
with contextlib.ExitStack() as st: st.enter_context(L()); print("stack")
d = {}
print(d.setdefault("k", L()).acquire(blocking=False))
part = functools.partial(L)
with part(): print("partial")
print(list(map(lambda f: f().locked(), [L, lock_class, part])))
bar = threading.Barrier(2, action=lambda: print("action"))
tt = threading.Thread(target=bar.wait); tt.start(); bar.wait(); tt.join()
print(threading.Lock.__doc__ is not None, threading.RLock.__doc__ == R.__doc__)
done = _thread.allocate_lock(); done.acquire()
_thread.start_new_thread(lambda: done.release(), ()); done.acquire(); print("started")
out = []
def f():
    try: raise KeyError(1)
    finally: out.append(1)
with ThreadPoolExecutor(2) as ex:
    fs = [ex.submit(f) for _ in range(2)]
    print(concurrent.futures.wait(fs).not_done, [type(x.exception()).__name__ for x in concurrent.futures.as_completed(fs)])
print(threading.active_count(), threading.main_thread().name)
q = queue.SimpleQueue(); q.put(1); print(q.get())
print(threading.stack_size(), threading.get_ident() == _thread.get_ident())
lk = threading.Lock()
def hold():
    try:
        with lk: raise ValueError(3)
    except ValueError as e: print(e, lk.locked())
hold()
