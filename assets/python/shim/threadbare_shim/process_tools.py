"""Condition, Event and Barrier of `multiprocessing` that the script makes itself.

Each is made of locks and semaphores of the library's own, which are not watched; one of them
carries the mark by which the tool is known in every process. Their waits are reported as those of
`threading` are. A lock that the script gives to a condition is watched as its own.
"""
from . import code, looks, marks, numbers, sync
from .process_locks import wrap_init
from .ring import NOTIFY, WAIT_BEGIN, emit, guarded, waiting

_CONDITION, _EVENT, _BARRIER = "condition", "event", "barrier"


def patch(module):  # type: (ModuleType) -> None
    """Wraps what waits and what ends waits in `multiprocessing.synchronize`."""
    for name, wrap in (
        ("Condition", _wrap_condition),
        ("Event", _wrap_event),
        ("Barrier", _wrap_barrier),
    ):
        guarded("multiprocessing." + name, wrap, getattr(module, name))


def _defines(word):  # type: (str) -> Callable[[Any, FrameType], Optional[int]]
    return lambda _, frame: numbers.define_at(frame, "multiprocessing." + word)


def _waiters(condition):  # type: (Condition) -> int
    sleeping, woken = condition._sleeping_count._semlock, condition._woken_count._semlock
    return max(sleeping._get_value() - woken._get_value(), 0)


def _wrap_condition(kind):  # type: (type) -> None
    wrap_init(kind, _defines("condition"), lambda self: [(self._wait_semaphore, _CONDITION)])
    wait, notify = kind.wait, kind.notify

    def watched_wait(self, timeout=None):  # type: (Optional[float]) -> bool
        number = marks.of(self._wait_semaphore, _CONDITION)
        if number is None:
            return wait(self, timeout)
        # Its lock is about to be released.
        looks.look(number)
        return waiting((WAIT_BEGIN, number), wait, self, timeout)

    def watched_notify(self, n=1):  # type: (int) -> None
        number = marks.of(self._wait_semaphore, _CONDITION)
        # A thread that does not hold its lock notifies none.
        if number is not None and type(n) is int and self._lock._semlock._is_mine():
            emit(NOTIFY, number, min(max(n, 0), _waiters(self)))
            looks.look()
        return notify(self, n)

    code.put(kind, "wait", watched_wait, wait)
    code.put(kind, "notify", watched_notify, notify)


def _wrap_event(kind):  # type: (type) -> None
    wrap_init(kind, _defines("event"), lambda self: [(self._flag, _EVENT)])
    wait, original = kind.wait, kind.set

    def watched_wait(self, timeout=None):  # type: (Optional[float]) -> bool
        number = marks.of(self._flag, _EVENT)
        if number is None or not self._flag._semlock._is_zero():
            return wait(self, timeout)
        return waiting((WAIT_BEGIN, number), wait, self, timeout)

    def watched_set(self):  # type: () -> None
        number = marks.of(self._flag, _EVENT)
        if number is not None:
            emit(NOTIFY, number, _waiters(self._cond))
            looks.look()
        return original(self)

    code.put(kind, "wait", watched_wait, wait)
    code.put(kind, "set", watched_set, original)


def _wrap_barrier(kind):  # type: (type) -> None
    """Its method `wait` is that of `threading`."""

    def define(self, frame):  # type: (FrameType) -> Optional[int]
        number = numbers.define_at(frame, "multiprocessing.barrier")
        if number is not None:
            sync.watch(self, number)
        return number

    wrap_init(kind, define, lambda self: [(self._cond._wait_semaphore, _BARRIER)])
    setstate = kind.__setstate__

    def __setstate__(self, state):  # type: (Tuple[Any, ...]) -> None
        setstate(self, state)
        number = marks.of(self._cond._wait_semaphore, _BARRIER)
        if number is not None:
            sync.watch(self, number)

    code.put(kind, "__setstate__", __setstate__, setstate)
