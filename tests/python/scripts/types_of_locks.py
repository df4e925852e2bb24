# A lock passes for what it is, whatever a script asks it for.
import _thread
import copy
import pickle
import threading
import weakref


def show(what, function):
    try:
        found = function()
    except Exception as error:
        found = "%s: %s" % (type(error).__name__, error)
    print(what, found)


LockType, RLockType = _thread.LockType, _thread.RLock
lock, rlock = threading.Lock(), threading.RLock()
library = _thread.allocate_lock()

for kind in (LockType, RLockType, type(lock), type(rlock), type(library), int):
    print([isinstance(one, kind) for one in (lock, rlock, library, 3)])
show("isinstance Lock", lambda: isinstance(lock, threading.Lock))
show("isinstance RLock", lambda: isinstance(lock, threading.RLock))
show("equal types", lambda: (type(lock) == LockType, {LockType: 1}[type(lock)]))
show("class", lambda: (lock.__class__ is LockType, rlock.__class__ is RLockType))
show("of a subclass", lambda: issubclass(LockType, type(lock)))

for one in (lock, rlock):
    # The address in it is its own.
    print(repr(one).replace(hex(id(one)), "here"))
    print([name for name in dir(one) if name[0] != "_"])
    show("weakref", lambda: weakref.ref(one)() is one)
    show("equal", lambda: (one == one, one != library, len({one, library, one})))
    show("copy", lambda: copy.copy(one))
    show("deepcopy", lambda: copy.deepcopy(one))
    for protocol in (0, pickle.HIGHEST_PROTOCOL):
        show("pickle", lambda: pickle.dumps(one, protocol))
    with one as got:
        print(got)
    show("enter and exit", lambda: (one.__enter__(), one.__exit__()))
    show("exit", lambda: one.__exit__())
    show("set", lambda: setattr(one, "name", 1))
    show("delete", lambda: delattr(one, "nothing"))
    show("get", lambda: one.nothing)

for name in ("Lock", "RLock"):
    function = getattr(threading, name)
    show("pickled by name", lambda: pickle.loads(pickle.dumps(function)) is function)


def subclass(kind):
    class Counted(kind):
        count = 0

        def __enter__(self):
            self.count += 1
            return super().__enter__()

    counted = Counted()
    with counted, counted:
        counted.acquire()
        counted.release()
    return counted.count, isinstance(counted, RLockType), isinstance(rlock, Counted)


show("subclass of Lock's type", lambda: subclass(type(lock)))
show("subclass of Lock's class", lambda: subclass(lock.__class__))
show("subclass of Lock", lambda: subclass(threading.Lock))
show("subclass of RLock's type", lambda: subclass(type(rlock)))
show("subclass of RLock's class", lambda: subclass(rlock.__class__))
show("subclass of _RLock", lambda: subclass(threading._RLock)[0])
show("made of RLock's type", lambda: isinstance(type(rlock)(), RLockType))
show("made of Lock's type", lambda: isinstance(type(lock)(), LockType))
