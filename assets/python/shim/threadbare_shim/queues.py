"""Queues that the script makes itself: what is put and taken, who waits, and how full they are.

The methods of `Queue` and of its subclasses are left as they are. Its conditions say all, and
say it while the queue is locked, so that records are in the order of what happened: `not_empty`
is notified for each item that was put, `not_full` for each that was taken.
"""
from _collections import deque

from . import code, numbers, sync
from .ring import QUEUE_GET, QUEUE_PUT, QUEUE_SIZE, QUEUE_WAIT, emit, guarded, waiting

# What a wait is for.
_ITEM, _ROOM, _ALL_DONE = 0, 1, 2
_UNKNOWN = -1
# The number of each queue whose size is known, and its items.
_measured = code.Known()


def patch(queue):  # type: (ModuleType) -> None
    guarded("queue.Queue", _wrap_init, queue)
    if queue.SimpleQueue.__module__ == "_queue":
        guarded("queue.SimpleQueue", _replace_simple, queue)


def _wrap_init(queue):  # type: (ModuleType) -> None
    words = {queue.LifoQueue: "lifo", queue.PriorityQueue: "priority"}

    def made(self):  # type: () -> None
        frame = code.maker(self)
        if frame is not None:
            kinds = [words[kind] for kind in type(self).__mro__ if kind in words]
            _watch(self, frame, (kinds + ["queue"])[0])

    code.after_init(queue.Queue, made)


def _watch(queue, frame, word):  # type: (Queue, FrameType, str) -> None
    size = queue.maxsize
    number = numbers.define_at(frame, word, "queue", size if isinstance(size, int) else 0)
    if number is None:
        return
    # Not the queue itself, which would keep it alive.
    items = getattr(queue, "queue", None)
    measured = type(items) in (deque, list)


    def report(kind):  # type: (int) -> Callable[[], bool]
        return lambda: emit(kind, number, len(items) if measured else _UNKNOWN)

    # All who wait for an item are notified when the queue is shut down, which may empty it.
    size = report(QUEUE_SIZE) if measured else int
    for condition, wanted, notified, all_notified in (
        (queue.not_empty, _ITEM, report(QUEUE_PUT), size),
        (queue.not_full, _ROOM, report(QUEUE_GET), int),
        (queue.all_tasks_done, _ALL_DONE, int, int),
    ):
        sync.inside.put(condition, ((QUEUE_WAIT, number, wanted), notified, all_notified))
    if measured:
        _measured.put(queue, (number, items))


def end():  # type: () -> None
    """The main thread ends: reports how full each queue is. Items may have been taken out of it by
    other ways than its methods."""
    for (number, items), _ in list(_measured.values()):
        emit(QUEUE_SIZE, number, len(items))


def after_fork():  # type: () -> None
    """This process has defined none yet."""
    _measured.clear()


class _Kind(type):
    """The type of a watched SimpleQueue: those of libraries, which are real ones, count too."""

    def __instancecheck__(cls, instance):  # type: (Any) -> bool
        return type.__instancecheck__(cls, instance) or type(instance) is cls.__base__


def _replace_simple(module):  # type: (ModuleType) -> None
    """Its methods are written in C and cannot be wrapped: a subclass stands in its place."""
    real = module.SimpleQueue

    def __new__(cls, *args, **kwargs):  # type: (*Any, **Any) -> SimpleQueue
        frame = code.caller()
        users = code.is_users(frame) or cls is not watched and frame is not None
        number = numbers.define_at(frame, "simple", "queue", 0) if users else None
        if number is None:
            return real(*args, **kwargs) if cls is watched else real.__new__(cls, *args, **kwargs)
        queue = real.__new__(cls, *args, **kwargs)
        slot.__set__(queue, number)
        return queue

    members = {"__slots__": ("_number",), "__module__": "_queue", "__doc__": real.__doc__}
    watched = _Kind("SimpleQueue", (real,), dict(members, __new__=__new__))
    slot = watched._number

    def number_of(queue):  # type: (SimpleQueue) -> Optional[int]
        try:
            return slot.__get__(queue)
        except AttributeError:
            return None

    _report_calls(watched, real, number_of)
    _answer_as(watched, real)
    module.SimpleQueue = watched


def _report_calls(watched, real, number_of):
    # type: (type, type, Callable[[SimpleQueue], Optional[int]]) -> None
    """The methods that put and get."""

    def put(self, *args, **kwargs):  # type: (*Any, **Any) -> None
        # Before it is done: otherwise the item could be seen to be taken earlier.
        number = number_of(self)
        if number is not None:
            emit(QUEUE_PUT, number, _UNKNOWN)
        return real.put(self, *args, **kwargs)

    def put_nowait(self, *args, **kwargs):  # type: (*Any, **Any) -> None
        return put(self, *args, **kwargs)

    def get(self, block=True, timeout=None):  # type: (bool, Optional[float]) -> Any
        number = number_of(self)
        if number is None:
            return real.get(self, block, timeout)
        if block and real.empty(self):
            item = waiting((QUEUE_WAIT, number, _ITEM), real.get, self, block, timeout)
        else:
            item = real.get(self, block, timeout)
        emit(QUEUE_GET, number, _UNKNOWN)
        return item

    def get_nowait(self):  # type: () -> Any
        return get(self, False)

    for function in (put, put_nowait, get, get_nowait):
        code.put(watched, function.__name__, function, getattr(real, function.__name__))


def _answer_as(watched, real):  # type: (type, type) -> None
    """What is refused is refused in the words of the real one; a subclass answers for itself."""

    def __reduce_ex__(self, protocol):  # type: (int) -> Union[str, Tuple[Any, ...]]
        return (real() if type(self) is watched else super(watched, self)).__reduce_ex__(protocol)

    def __getattr__(self, name):  # type: (str) -> Any
        if type(self) is watched:
            return getattr(real(), name)
        return object.__getattribute__(self, name)

    def __setattr__(self, name, value):  # type: (str, Any) -> None
        if type(self) is watched:
            setattr(real(), name, value)
        else:
            object.__setattr__(self, name, value)

    for function in (__reduce_ex__, __getattr__, __setattr__):
        setattr(watched, function.__name__, function)
