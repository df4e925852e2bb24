"""Value and Array of `multiprocessing` that the script makes itself: what is read and written.

Each has a lock, and acquires it for every single read and every single write; an `x.value += 1` is
one of both, and between the two the lock is free. The record of an access is written while that
lock is held, so the records of a value are in the order of what happened in all of its processes.
What goes around the lock, as `get_obj()` does, is not seen.

A value is known in every process by where it lies in shared memory: a child that is no fork finds
its number under that.
"""
import os
import sys
from _struct import Struct
from _thread import get_ident

from . import code, marks, numbers, process_locks
from .ring import VALUE_READ, VALUE_WRITE, emit, guarded

# What the number in a record is.
_UNKNOWN, _INTEGER, _FLOAT = 0, 1, 2
# The position of a slice, a string, or whatever else is no single cell.
_SEVERAL = -1
_as_float, _as_integer = Struct("<d").pack, Struct("<q").unpack
# The numbers of values; 0 for those that are none of the script's.
_numbers = code.Known()


def patch(module):  # type: (ModuleType) -> None
    """Wraps the creation and the accesses of what `multiprocessing.sharedctypes` makes."""
    guarded("multiprocessing.Value", _wrap_init, module.SynchronizedBase)
    guarded("multiprocessing.Value", _wrap_properties, module)
    guarded("multiprocessing.Array", _wrap_items, module.SynchronizedArray)


def _wrap_init(kind):  # type: (type) -> None
    def made(self):  # type: () -> None
        frame = process_locks.maker(self)
        if frame is not None:
            _define(self, frame)

    code.after_init(kind, made)


def _define(value, frame):  # type: (SynchronizedBase, FrameType) -> None
    word = "array" if _is_array(value._obj) else "value"
    fields = ",".join(_fields(value._obj))
    number = numbers.define_at(frame, "multiprocessing." + word, "value", fields)
    _numbers.put(value, number or 0)
    if number is not None:
        # There may have been another one at this place.
        marks.leave(_key(value), os.getpid(), number, "value", again=True)


def _is_array(obj):  # type: (Any) -> bool
    return hasattr(obj, "_length_")


def _fields(obj):  # type: (Any) -> List[str]
    return [field[0] for field in getattr(obj, "_fields_", ())]


def _key(value):  # type: (SynchronizedBase) -> str
    (arena, start, _stop), _size = value._obj._wrapper._state
    about = os.fstat(arena.fd)
    return "memory-%d-%d-%d" % (about.st_dev, about.st_ino, start)


def _wrap_properties(module):  # type: (ModuleType) -> None
    """The library makes one for each name of a field, when it is first needed."""
    made = module.prop_cache
    original = module.make_property

    def make_property(name):  # type: (str) -> property
        if name not in made:
            made[name] = _watched(name, original(name))
        return made[name]

    for name in made:
        made[name] = _watched(name, made[name])
    for kind in (module.Synchronized, module.SynchronizedString):
        for name in set(kind.__dict__) & set(made):
            setattr(kind, name, made[name])
            # From 3.10 on a property knows by what name a class has it, which a new class says.
            getattr(made[name], "__set_name__", lambda *_: None)(kind, name)
    code.put(module, "make_property", make_property, original)


def _watched(name, original):  # type: (str, property) -> property
    def read(self):  # type: () -> Any
        return _access(self, VALUE_READ, name, original.fget, self)

    def write(self, value):  # type: (Any) -> None
        return _access(self, VALUE_WRITE, name, original.fset, self, value)

    return property(code.like(read, original.fget), code.like(write, original.fset))


def _wrap_items(kind):  # type: (type) -> None
    read, write = kind.__getitem__, kind.__setitem__

    def __getitem__(self, i):  # type: (Any) -> Any
        return _access(self, VALUE_READ, i, read, self, i)

    def __setitem__(self, i, value):  # type: (Any, Any) -> None
        return _access(self, VALUE_WRITE, i, write, self, i, value)

    code.put(kind, "__getitem__", __getitem__, read)
    code.put(kind, "__setitem__", __setitem__, write)


def _access(value, kind, cell, call, *args):
    # type: (SynchronizedBase, int, Any, Callable[..., Any], *Any) -> Any
    number = marks.number_of(value, _numbers, _key)
    if not number:
        return call(*args)
    thread, handled = get_ident(), sys.exc_info()[1]

    def report():  # type: () -> None
        # Not if it has failed: the lock is released then, too.
        if sys.exc_info()[1] is handled:
            emit(kind, number, *_content(value._obj, cell))

    before_release = process_locks.before_release
    before_release[thread] = report
    try:
        result = call(*args)
    except BaseException:
        before_release.pop(thread, None)
        raise
    # Its lock is one that is not watched.
    if before_release.pop(thread, None) is not None:
        report()
    return result


def _content(obj, cell):  # type: (Any, Any) -> Tuple[int, int, int]
    """The number that a cell holds, the cell's position, and what that number is."""
    try:
        if type(cell) is int:
            at, content = cell % len(obj), obj[cell]
        elif _is_array(obj):
            at, content = _SEVERAL, None
        else:
            fields = _fields(obj)
            at, content = fields.index(cell) if fields else 0, getattr(obj, cell)
        if type(content) in (int, bool) and -1 << 63 <= content < 1 << 63:
            return content, at, _INTEGER
        if type(content) is float:
            return _as_integer(_as_float(content))[0], at, _FLOAT
        return 0, at, _UNKNOWN
    except Exception:
        return 0, _SEVERAL, _UNKNOWN
