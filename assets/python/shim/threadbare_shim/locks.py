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


def _delay():  # type: () -> None
    """Not in the middle of a wait for a Condition: an exception would leave it in two halves."""
    frame = code.caller()
    if frame is None or frame.f_code.co_name not in _OF_CONDITION:
        delay()


def wait_for(number, timed, acquire, *args):  # type: (int, bool, Callable[..., bool], *Any) -> bool
    """Calls what waits for a lock; the record that it was acquired is the caller's."""
    emit(LOCK_WANT, number, int(timed))
    try:
        return acquire(*args)
    except BaseException:
        # An interrupt by the user ends a wait as well.
        emit(LOCK_FAIL, number, EXCEPTION)
        raise


def get(lock, attempt=None, timeout=None, why=TIMEOUT):
    # type: (Any, Optional[Callable[[], bool]], Optional[float], int) -> bool
    """Acquires `lock._inner`: by `attempt`, or else at once or by a wait of at most this time.
    Returns whether it was acquired.

    To report it takes a call, and at the limit of recursion there is none. The lock is released
    again then, by a call that is no deeper than the one that acquired it.
    """
    number, inner, got = lock._number, lock._inner, False
    # Of no lock, as a rule, which is sooner asked.
    if ring.header[TAKEN_AWAY] and is_taken_away(number):
        return lock._pass(attempt is None)
    try:
        if attempt is None:
            got = inner.acquire(False)
            if not got:
                timed = timeout is not None
                waits = (True, timeout) if timed else ()
                got = wait_for(number, timed, inner.acquire, *waits)
        else:
            got = attempt()
        if got:
            depth = lock._depth
            # With all its arguments a call is faster.
            if depth is None:
                slow = emit(LOCK_GOT, number, 1, 0, 0)
            else:
                slow = emit(LOCK_GOT, number, depth + 1, 0, 0)
                lock._keep(depth + 1)
        else:
            slow = emit(LOCK_FAIL, number, why)
    except BaseException:
        if got:
            inner.release()
        raise
    if slow:
        if got:
            delay_holding(lock.release, lock._delay)
        else:
            lock._delay()
    return got


def trying(acquire, *args, **kwargs):
    # type: (Callable[..., bool], *Any, **Any) -> Callable[[], bool]
    """An attempt for `get`. Written where it is needed it would make each acquisition slower."""
    return lambda: acquire(*args, **kwargs)


def patch(threading):  # type: (ModuleType) -> None
    """Puts watched locks in the place of `threading.Lock` and `threading.RLock`."""
    lock, rlock = stand_in(_Lock, LockType), stand_in(_RLock, RealRLock)
    for kind in (lock, rlock):
        kind.__new__ = lambda cls, *args, **kwargs: _make(cls, cls.real_type, args, kwargs)
    install(threading, lock, rlock, _make)


def _make(kind, real, args, kwargs):
    # type: (Type[_Watched], Callable, tuple, dict) -> Union[_Watched, LockType, RealRLock]
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
    # Of a Lock there is none.
    _set_depth(lock, 0 if kind.word == "rlock" else None)
    _set_passes(lock, {})
    return lock


class _Watched(Replacement):
    """What both kinds have in common."""

    # `_passes`: how often each thread has passed the lock while it was taken away, and has not
    # released it since. Each release undoes what its acquisition did, whatever the lock is by then.
    __slots__ = ("_inner", "_number", "_depth", "_passes", "__weakref__")
    _delay = staticmethod(_delay)

    # What `with` calls does the work, and the methods call that: nothing costs a script more often.
    __enter__ = get

    def acquire(self, blocking=True, timeout=-1):  # type: (Any, Any) -> bool
        # A small number is as good as True; what else may be given is judged by the lock itself.
        if timeout == -1 and (blocking is True or type(blocking) is int and 0 < blocking < 1 << 31):
            return get(self, None, None, TIMEOUT)
        if blocking and isinstance(timeout, (int, float)) and 0 < timeout <= TIMEOUT_MAX:
            return get(self, None, timeout)
        # Only tries; what cannot be is refused by the lock itself.
        return get(self, trying(self._inner.acquire, blocking, timeout), why=TRY)

    def _pass(self, blocking):  # type: (bool) -> bool
        """Gets the lock that is taken away: at once, and without keeping any thread out."""
        thread = get_ident()
        passed = self._passes.get(thread, 0)
        if passed and not blocking and self._depth is None:
            # This thread has it already, as far as it can see.
            return False
        self._passes[thread] = passed + 1
        if emit(LOCK_PASS, self._number):
            delay_holding(self.release, _delay)
        return True

    def _unpass(self):  # type: () -> bool
        """Releases what this thread has passed; whether there was something."""
        look(self._number)
        thread = get_ident()
        passed = self._passes.get(thread, 0)
        if passed > 1:
            self._passes[thread] = passed - 1
        elif passed:
            del self._passes[thread]
        return passed > 0

    def release(self):  # type: () -> None
        self.__exit__()

    def __repr__(self):  # type: () -> str
        inner = self._inner
        return repr(inner).replace("%#x" % id(inner), "%#x" % id(self))

    def __dir__(self):  # type: () -> List[str]
        return dir(self._inner)

    # Older versions have fewer methods than newer ones, and none can be given others.
    def __getattr__(self, name):  # type: (str) -> Any
        return getattr(self._inner, name)

    def __setattr__(self, name, value):  # type: (str, Any) -> None
        setattr(self._inner, name, value)

    def __delattr__(self, name):  # type: (str) -> None
        delattr(self._inner, name)

    def __reduce_ex__(self, protocol):  # type: (int) -> Union[str, Tuple[Any, ...]]
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

    def __exit__(self, _kind=None, _error=None, _trace=None):  # type: (Any, Any, Any) -> None
        number, inner, slow = self._number, self._inner, False
        if self._passes:
            if self._unpass():
                return
            # Another thread than the one that got it may release a Lock.
            if self._passes and not inner.locked():
                self._passes.popitem()
                return
        try:
            # Without the check the release of a lock that is not held would be reported.
            if inner.locked():
                slow = emit(LOCK_RELEASE, number, 0, 0, 0)
                if active:
                    look(number)
        finally:
            # Whatever cannot be reported. A signal handler may raise before, where there is no such
            # moment in a real lock; that is reported as not watched.
            inner.release()
        if slow:
            _delay()

    # What a Condition asks. It would try to acquire the lock otherwise, and that be reported.
    def _is_owned(self):  # type: () -> bool
        return get_ident() in self._passes or self._inner.locked()

    # Older names of the same.
    acquire_lock = _Watched.acquire
    release_lock = _Watched.release


class _RLock(_Watched):
    __slots__ = ()
    word = "rlock"

    # The depth is written by the thread that holds the lock, and by no other.
    def _keep(self, depth):  # type: (int) -> None
        _set_depth(self, depth)

    def __exit__(self, _kind=None, _error=None, _trace=None):  # type: (Any, Any, Any) -> None
        if self._passes and self._unpass():
            return
        slow, inner = False, self._inner
        try:
            if inner._is_owned():
                number, depth = self._number, self._depth - 1
                _set_depth(self, depth)
                slow = emit(LOCK_RELEASE, number, depth, 0, 0)
                if active:
                    look(number)
        finally:
            inner.release()
        if slow:
            _delay()

    # Both are what a Condition calls around its wait: the lock is released whatever its depth,
    # and got back to the same depth.
    def _release_save(self):  # type: () -> Tuple[int, int]
        passed = self._passes.pop(get_ident(), 0)
        depth = self._depth if self._inner._is_owned() else 0
        if depth or not passed:
            _set_depth(self, 0)
            emit(LOCK_RELEASE, self._number)
            look(self._number)
            self._inner._release_save()
        return depth, passed

    def _acquire_restore(self, state):  # type: (Tuple[int, int]) -> None
        depth, passed = state
        if passed:
            self._passes[get_ident()] = passed
            if not depth:
                return
        inner = self._inner
        if not inner.acquire(False):
            wait_for(self._number, False, inner.acquire)
        for _ in range(depth - 1):
            inner.acquire()
        _set_depth(self, depth)
        emit(LOCK_GOT, self._number, depth)

    def _is_owned(self):  # type: () -> bool
        return get_ident() in self._passes or self._inner._is_owned()
