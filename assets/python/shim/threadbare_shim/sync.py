"""Condition, Event, Semaphore and Barrier that the script makes itself.

Their methods are wrapped in place, so that the classes stay what they are: identity, `isinstance`
and subclasses. An object of a library has no number and is passed through; but the conditions
inside a queue or a future say what happens to that.
"""
from . import code, locks, looks, numbers
from .ring import (
    LOCK_FAIL,
    LOCK_GOT,
    LOCK_RELEASE,
    NOTIFY,
    WAIT_BEGIN,
    emit,
    guarded,
    delay,
    delay_holding,
    waiting,
)

# The numbers of watched objects.
_watched = code.Known()
# Conditions inside of queues and futures: the record of a wait, and what a notification means.
inside = code.Known()


def watch(tool, number):  # type: (Any, int) -> None
    """Watches a tool that has its number from elsewhere."""
    _watched.put(tool, number)


def patch(threading):  # type: (ModuleType) -> None
    """Wraps what waits and what ends waits."""
    for name, wrap in (
        ("Condition", _wrap_condition),
        ("Event", _wrap_event),
        ("Semaphore", _wrap_semaphore),
        ("BoundedSemaphore", _wrap_bounded),
        ("Barrier", _wrap_barrier),
    ):
        guarded("threading." + name, wrap, getattr(threading, name))


def _wrap_init(kind, word):  # type: (type, str) -> None
    """Gives each object of the script a number and a name, after its creation."""

    def made(self):  # type: () -> None
        frame = code.maker(self) if id(self) not in _watched else None
        number = numbers.define_at(frame, word) if frame is not None else None
        if number is not None:
            _watched.put(self, number)

    code.after_init(kind, made)


def _wrap_wait(kind, name, waits=lambda self: True):
    # type: (type, str, Callable[[Any], bool]) -> None
    """A method that waits: between two records, if it has to."""
    wait = getattr(kind, name)

    def watched(self, timeout=None):  # type: (Optional[float]) -> Union[bool, int]
        number = _watched.of(self)
        if number is None or not waits(self):
            return wait(self, timeout)
        return waiting((WAIT_BEGIN, number), wait, self, timeout)

    code.put(kind, name, watched, wait)


def _wrap_condition(kind):  # type: (type) -> None
    _wrap_init(kind, "condition")
    wait, notify, notify_all = kind.wait, kind.notify, kind.notify_all

    def watched_wait(self, timeout=None):  # type: (Optional[float]) -> bool
        number = _watched.of(self)
        if number is not None:
            begin = (WAIT_BEGIN, number)
            # Its lock is about to be released.
            looks.look(number)
        else:
            begin = inside.of(self)
            if begin is None:
                return wait(self, timeout)
            begin = begin[0]
        return waiting(begin, wait, self, timeout)

    def watched_notify(self, n=1):  # type: (int) -> None
        number = _watched.of(self)
        waiters = len(self._waiters)
        notify(self, n)
        if number is not None:
            emit(NOTIFY, number, waiters - len(self._waiters))
            looks.look()
        else:
            found = inside.of(self)
            if found is not None:
                found[1]()

    def watched_notify_all(self):  # type: () -> None
        # A queue notifies one for an item, and all for other reasons.
        found = inside.of(self)
        if found is None:
            notify_all(self)
        else:
            notify(self, len(self._waiters))
            if len(found) > 2:
                found[2]()

    code.put(kind, "wait", watched_wait, wait)
    code.put(kind, "notify", watched_notify, notify)
    code.put(kind, "notify_all", watched_notify_all, notify_all)


def _wrap_event(kind):  # type: (type) -> None
    _wrap_init(kind, "event")
    _wrap_wait(kind, "wait", lambda self: not self._flag)
    original = kind.set

    def watched(self):  # type: () -> None
        number = _watched.of(self)
        if number is not None:
            emit(NOTIFY, number, len(self._cond._waiters))
            looks.look()
        original(self)

    code.put(kind, "set", watched, original)


def _wrap_barrier(kind):  # type: (type) -> None
    _wrap_init(kind, "barrier")
    _wrap_wait(kind, "wait")


def _wrap_semaphore(kind):  # type: (type) -> None
    _wrap_init(kind, "semaphore")
    acquire, release = kind.acquire, kind.release

    def watched(self, blocking=True, timeout=None):  # type: (bool, Optional[float]) -> bool
        number, got = _watched.of(self), False
        if number is None:
            return acquire(self, blocking, timeout)
        # As `locks.get`, which would have to be given a lock that is made for each call.
        try:
            if blocking:
                got = acquire(self, False)
                if not got:
                    timed = timeout is not None
                    got = locks.wait_for(number, timed, acquire, self, blocking, timeout)
            else:
                got = acquire(self, blocking, timeout)
            if got:
                slow = emit(LOCK_GOT, number, 1, 0, 0)
            else:
                slow = emit(LOCK_FAIL, number, locks.TIMEOUT if blocking else locks.TRY)
        except BaseException:
            if got:
                release(self)
            raise
        if slow:
            if got:
                delay_holding(self.release)
            else:
                delay()
        return got

    code.put(kind, "acquire", watched, acquire)
    kind.__enter__ = kind.acquire
    _wrap_release(kind)


def _wrap_bounded(kind):  # type: (type) -> None
    _wrap_init(kind, "semaphore")
    _wrap_release(kind)


def _wrap_release(kind):  # type: (type) -> None
    release = kind.release

    def watched(self, *args, **kwargs):  # type: (*Any, **Any) -> None
        number = _watched.of(self)
        slow = False
        try:
            # Before it is done, as for locks; one too many of a bounded one releases nothing.
            initial = getattr(self, "_initial_value", None)
            if number is not None and (initial is None or self._value < initial):
                slow = emit(LOCK_RELEASE, number)
                looks.look(number)
        finally:
            release(self, *args, **kwargs)
        if slow:
            delay()

    code.put(kind, "release", watched, release)
