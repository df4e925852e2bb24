"""Condition, Event, Semaphore and Barrier that the script makes itself.

Their methods are wrapped in place, so that the classes stay what they are: identity, `isinstance`
and subclasses. An object of a library, such as the conditions inside a queue, has no number and
is passed through.
"""
from _weakref import ref

from . import code, locks
from .ring import (
    LOCK_FAIL,
    LOCK_GOT,
    LOCK_RELEASE,
    LOCK_WANT,
    NOTIFY,
    WAIT_BEGIN,
    WAIT_END,
    emit,
    guarded,
)

# The numbers of watched objects, by identity, with a reference that says when one is gone.
_watched = {}


def patch(threading):
    """Wraps what waits and what ends waits."""
    for name, wrap in (
        ("Condition", _wrap_condition),
        ("Event", _wrap_event),
        ("Semaphore", _wrap_semaphore),
        ("BoundedSemaphore", _wrap_bounded),
        ("Barrier", _wrap_barrier),
    ):
        guarded("threading." + name, wrap, getattr(threading, name))


def _number(thing):
    found = _watched.get(id(thing))
    return found[0] if found is not None else None


def _wrap_init(kind, word):
    """Gives each object of the script a number and a name, after its creation."""
    init = kind.__init__

    def __init__(self, *args, **kwargs):
        init(self, *args, **kwargs)
        try:
            _watch(self, word)
        except Exception:
            pass

    code.put(kind, "__init__", __init__, init)


def _watch(thing, word):
    frame = code.caller()
    # Past the constructors of the script's own subclasses.
    while frame.f_code.co_name == "__init__" and frame.f_locals.get("self") is thing:
        if not code.is_users(frame):
            return
        frame = frame.f_back
    if code.is_users(frame) and id(thing) not in _watched:
        number = locks.define_at(frame, word)
        if number is not None:
            key = id(thing)
            _watched[key] = (number, ref(thing, lambda _: _watched.pop(key, None)))


def _wrap_wait(kind, name, waits=lambda self: True):
    """A method that waits: between two records, if it has to."""
    wait = getattr(kind, name)

    def watched(self, timeout=None):
        number = _number(self)
        if number is None or not waits(self):
            return wait(self, timeout)
        emit(WAIT_BEGIN, number, int(timeout is not None))
        try:
            return wait(self, timeout)
        finally:
            emit(WAIT_END, number)

    code.put(kind, name, watched, wait)


def _wrap_condition(kind):
    _wrap_init(kind, "condition")
    _wrap_wait(kind, "wait")
    notify = kind.notify

    def watched(self, n=1):
        number = _number(self)
        waiters = len(self._waiters)
        notify(self, n)
        if number is not None:
            emit(NOTIFY, number, min(n, waiters))

    code.put(kind, "notify", watched, notify)


def _wrap_event(kind):
    _wrap_init(kind, "event")
    _wrap_wait(kind, "wait", lambda self: not self._flag)
    original = kind.set

    def watched(self):
        number = _number(self)
        if number is not None:
            emit(NOTIFY, number, len(self._cond._waiters))
        original(self)

    code.put(kind, "set", watched, original)


def _wrap_barrier(kind):
    _wrap_init(kind, "barrier")
    _wrap_wait(kind, "wait")


def _wrap_semaphore(kind):
    _wrap_init(kind, "semaphore")
    acquire = kind.acquire

    def watched(self, blocking=True, timeout=None):
        number = _number(self)
        if number is None:
            return acquire(self, blocking, timeout)
        if blocking and acquire(self, False):
            emit(LOCK_GOT, number, 1)
            return True
        if blocking:
            emit(LOCK_WANT, number, int(timeout is not None))
        try:
            got = acquire(self, blocking, timeout)
        except BaseException:
            emit(LOCK_FAIL, number, locks.EXCEPTION)
            raise
        if got:
            emit(LOCK_GOT, number, 1)
        else:
            emit(LOCK_FAIL, number, locks.TIMEOUT if blocking else locks.TRY)
        return got

    code.put(kind, "acquire", watched, acquire)
    kind.__enter__ = kind.acquire
    _wrap_release(kind)


def _wrap_bounded(kind):
    _wrap_init(kind, "semaphore")
    _wrap_release(kind)


def _wrap_release(kind):
    release = kind.release

    def watched(self, *args, **kwargs):
        number = _number(self)
        if number is not None:
            # Before it is done, as for locks; one too many of a bounded one releases nothing.
            initial = getattr(self, "_initial_value", None)
            if initial is None or self._value < initial:
                emit(LOCK_RELEASE, number)
        return release(self, *args, **kwargs)

    code.put(kind, "release", watched, release)
