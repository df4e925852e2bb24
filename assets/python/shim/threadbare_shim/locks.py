"""Lock and RLock that the script makes itself. Those of libraries stay what they are.

A watched lock holds the real one and behaves like it. An acquisition first tries: only if that
fails is there a wait to report. A release is reported before it is done: otherwise the next
holder could be seen earlier.
"""
from _thread import TIMEOUT_MAX, LockType, get_ident
from _thread import RLock as RealRLock

from . import code, numbers, ring
from .kinds import Replacement, install, stand_in
from .looks import active, look
from .ring import (
    LOCK_FAIL,
    LOCK_GOT,
    LOCK_PASS,
    LOCK_RELEASE,
    LOCK_WANT,
    TAKEN_AWAY,
    emit,
    is_taken_away,
    delay,
    delay_holding,
)

# Why an acquisition failed: it only tried, its time was up, an exception ended it.
TRY, TIMEOUT, EXCEPTION = 1, 2, 3

# What a Condition calls around its wait.
_OF_CONDITION = ("_acquire_restore", "_release_save")


def _delay():
    """Not in the middle of a wait for a Condition: an exception would leave it in two halves."""
    frame = code.caller()
    if frame is None or frame.f_code.co_name not in _OF_CONDITION:
        delay()


def wait_for(number, timed, acquire, *args):
    """Calls what waits for a lock; the record that it was acquired is the caller's."""
    emit(LOCK_WANT, number, int(timed))
    try:
        return acquire(*args)
    except BaseException:
        # An interrupt by the user ends a wait as well.
        emit(LOCK_FAIL, number, EXCEPTION)
        raise


def patch(threading):
    """Puts watched locks in the place of `threading.Lock` and `threading.RLock`."""
    lock, rlock = stand_in(_Lock, LockType), stand_in(_RLock, RealRLock)
    for kind in (lock, rlock):
        kind.__new__ = lambda cls, *args, **kwargs: _make(cls, cls.real_type, args, kwargs)
    install(threading, lock, rlock, _make)


def _make(kind, real, args, kwargs):
    """A watched lock for the script, the real one for a library. Wrong arguments raise here."""
    inner = real(*args, **kwargs)
    frame = code.caller()
    if not code.is_users(frame):
        return inner
    number = numbers.define_at(frame, kind.word)
    if number is None:
        return inner
    lock = object.__new__(kind)
    _set_inner(lock, inner)
    _set_number(lock, number)
    _set_depth(lock, 0)
    _set_passes(lock, {})
    return lock


class _Watched(Replacement):
    """What both kinds have in common."""

    # `_passes`: how often each thread has passed the lock while it was taken away, and has not
    # released it since. Each release undoes what its acquisition did, whatever the lock is by then.
    __slots__ = ("_inner", "_number", "_depth", "_passes", "__weakref__")

    # What `with` calls does the work, and the methods call that: nothing costs a script more often.
    def __enter__(self):
        number = self._number
        # Of no lock, as a rule, which is sooner asked.
        if ring.header[TAKEN_AWAY] and is_taken_away(number):
            return self._pass(True)
        if not self._inner.acquire(False):
            self._wait(self._inner)
        if emit(LOCK_GOT, number, self._deeper() if self._deepens else 1):
            delay_holding(self.release, _delay)
        return True

    def acquire(self, blocking=True, timeout=-1):
        # A small number is as good as True; what else may be given is judged by the lock itself.
        if timeout == -1 and (blocking is True or type(blocking) is int and 0 < blocking < 1 << 31):
            return self.__enter__()
        if is_taken_away(self._number):
            return self._pass(blocking)
        inner = self._inner
        if blocking and isinstance(timeout, (int, float)) and 0 < timeout <= TIMEOUT_MAX:
            got = inner.acquire(False) or self._wait(inner, timeout)
            why = TIMEOUT
        else:
            # Only tries; what cannot be is refused by the lock itself.
            got = inner.acquire(blocking, timeout)
            why = TRY
        if got:
            if emit(LOCK_GOT, self._number, self._deeper()):
                delay_holding(self.release, _delay)
        elif emit(LOCK_FAIL, self._number, why):
            _delay()
        return got

    def _pass(self, blocking):
        """Gets the lock that is taken away: at once, and without keeping anybody out."""
        thread = get_ident()
        passed = self._passes.get(thread, 0)
        if passed and not blocking and not self._deepens:
            # This thread has it already, as far as it can see.
            return False
        self._passes[thread] = passed + 1
        if emit(LOCK_PASS, self._number):
            delay_holding(self.release, _delay)
        return True

    def _unpass(self):
        """Releases what this thread has passed; whether there was something."""
        look(self._number)
        thread = get_ident()
        passed = self._passes.get(thread, 0)
        if passed > 1:
            self._passes[thread] = passed - 1
        elif passed:
            del self._passes[thread]
        return passed > 0

    def _wait(self, inner, timeout=-1):
        return wait_for(self._number, timeout >= 0, inner.acquire, True, timeout)

    def release(self):
        self.__exit__()

    def __repr__(self):
        inner = self._inner
        return repr(inner).replace("%#x" % id(inner), "%#x" % id(self))

    def __dir__(self):
        return dir(self._inner)

    # Older versions have fewer methods than newer ones, and none can be given others.
    def __getattr__(self, name):
        return getattr(self._inner, name)

    def __setattr__(self, name, value):
        setattr(self._inner, name, value)

    def __delattr__(self, name):
        delattr(self._inner, name)

    def __reduce_ex__(self, protocol):
        # Refused, in the words of the real one.
        return self._inner.__reduce_ex__(protocol)


# The names that stand in the error of a call with wrong arguments.
for _method in (_Watched.acquire, _Watched.release):
    _method.__qualname__ = _method.__name__

# The only ways to write what is in a watched lock.
_set_inner = _Watched._inner.__set__
_set_number = _Watched._number.__set__
_set_depth = _Watched._depth.__set__
_set_passes = _Watched._passes.__set__


class _Lock(_Watched):
    __slots__ = ()
    word = "lock"
    _deepens = False

    def _deeper(self):
        return 1

    def __exit__(self, _kind=None, _error=None, _trace=None):
        if self._passes and self._unpass():
            return
        # Another thread than the one that got it may release a Lock.
        if self._passes and not self._inner.locked():
            self._passes.popitem()
            return
        slow, inner = False, self._inner
        try:
            # Without the check the release of a lock that is not held would be reported.
            if inner.locked():
                number = self._number
                slow = emit(LOCK_RELEASE, number)
                if active:
                    look(number)
        finally:
            # An exception of a signal handler leaves no lock acquired.
            inner.release()
        if slow:
            _delay()

    # What a Condition asks. It would try to acquire the lock otherwise, and that be reported.
    def _is_owned(self):
        return get_ident() in self._passes or self._inner.locked()

    # Older names of the same.
    acquire_lock = _Watched.acquire
    release_lock = _Watched.release


class _RLock(_Watched):
    __slots__ = ()
    word = "rlock"
    _deepens = True

    # The depth is written by the thread that holds the lock, and by no other.
    def _deeper(self):
        depth = self._depth + 1
        _set_depth(self, depth)
        return depth

    def __exit__(self, _kind=None, _error=None, _trace=None):
        if self._passes and self._unpass():
            return
        slow, inner = False, self._inner
        try:
            if inner._is_owned():
                number, depth = self._number, self._depth - 1
                _set_depth(self, depth)
                slow = emit(LOCK_RELEASE, number, depth)
                if active:
                    look(number)
        finally:
            inner.release()
        if slow:
            _delay()

    # Both are what a Condition calls around its wait: the lock is released whatever its depth,
    # and got back to the same depth.
    def _release_save(self):
        passed = self._passes.pop(get_ident(), 0)
        depth = self._depth if self._inner._is_owned() else 0
        if depth or not passed:
            _set_depth(self, 0)
            emit(LOCK_RELEASE, self._number)
            look(self._number)
            self._inner._release_save()
        return depth, passed

    def _acquire_restore(self, state):
        depth, passed = state
        if passed:
            self._passes[get_ident()] = passed
            if not depth:
                return
        inner = self._inner
        if not inner.acquire(False):
            self._wait(inner)
        for _ in range(depth - 1):
            inner.acquire()
        _set_depth(self, depth)
        emit(LOCK_GOT, self._number, depth)

    def _is_owned(self):
        return get_ident() in self._passes or self._inner._is_owned()
