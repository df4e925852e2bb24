"""Lock and RLock whose waits the scheduler knows. All of the library stand on these two.

They replace those of the library as well, so that conditions, queues, executors and whatever
else it makes of locks wait under control, too.
"""
import _thread
from _thread import LockType, allocate_lock
from _thread import RLock as RealRLock
from itertools import count
from time import sleep

from .. import code, variables
from ..kinds import Replacement, install, stand_in
from . import gates, scheduler, trace
from .trace import ACQUIRE, RELEASE, TRY

_numbers = count(1)
# By these the script sees whether a lock is held, and does not wait until it is not.
_QUERIES = {"acquire", "locked"}


def patch(threading):  # type: (ModuleType) -> None
    install(threading, Lock, RLock, _make)
    threading._allocate_lock, threading._PyRLock = Lock, RLock
    is_set = threading.Event.is_set

    def queried(self):  # type: () -> bool
        running = scheduler.current()
        lock = getattr(self._cond, "_lock", None)
        if running is not None and isinstance(lock, Controlled):
            # It is set under this lock.
            scheduler.point(running, TRY, lock._number)
        return is_set(self)

    code.put(threading.Event, "is_set", queried, is_set)


def patch_below():  # type: () -> None
    """The script may make locks by the functions below `threading`. The interpreter's own, as for
    imports, stay real ones."""
    real = _thread.allocate_lock

    def allocate(*args, **kwargs):  # type: (*Any, **Any) -> Union[Controlled, LockType]
        if code.is_users(code.caller()):
            return _make(Lock, real, args, kwargs)
        return real(*args, **kwargs)

    _thread.allocate_lock = _thread.allocate = code.Builtin(real, allocate)


def _make(kind, real, args, kwargs):
    # type: (Type[Controlled], Callable, tuple, dict) -> Controlled
    # Wrong arguments raise here.
    real(*args, **kwargs)
    return kind()


def define(number, kind, frame, named=True):  # type: (int, str, FrameType, bool) -> None
    """What the script makes by the call that this frame is at has this number."""
    names = variables.of(frame, kind) if named else None
    if names is not None:
        trace.define("variable", number, *names)
    frame = code.place(frame)
    trace.define("lock", number, kind, frame.f_lineno, frame.f_code.co_filename)


def _deadline(timeout):  # type: (Optional[float]) -> Optional[int]
    return None if timeout is None else scheduler.now + int(timeout * 1e9)


def _limit(blocking, timeout):  # type: (bool, float) -> Optional[float]
    """The time limit of an acquisition, `None` without one."""
    if timeout == -1 and blocking is True:
        return None
    # Wrong arguments are refused in the words of a real one, which is free.
    allocate_lock().acquire(blocking, timeout)
    return None if timeout == -1 else timeout


class Controlled(Replacement):
    __slots__ = ("_number", "_owner", "_depth", "_own", "_inside", "__weakref__")

    def __init__(self):  # type: () -> None
        self._number = next(_numbers)
        # A thread under control; True if another one holds it; None if it is free.
        self._owner = None
        self._depth = 0
        frame = caller = code.caller()
        # A condition makes a lock for each wait: no other thread knows it before that.
        self._own = caller.f_code.co_name == "wait" and not code.is_users(caller)
        while frame is not None and not code.is_users(frame):
            frame = frame.f_back
        self._inside = frame is not caller
        if frame is not None:
            kind = "library" if self._inside else self._kind
            define(self._number, kind, frame, not self._inside)

    def number_of_own(self):  # type: () -> Optional[int]
        """Its number if the library made it for the script's; `None` for one of the script's."""
        return self._number if self._inside else None

    def _free(self):  # type: () -> bool
        return self._owner is None

    def holder(self):  # type: () -> Optional[scheduler.Thread]
        """The thread that holds it, if it is under control."""
        return self._owner if isinstance(self._owner, scheduler.Thread) else None

    def _take(self, blocking, timeout):  # type: (bool, Optional[float]) -> bool
        running = scheduler.current()
        if running is None:
            return self._take_uncontrolled(blocking, timeout)
        if self._own:
            self._own, self._owner = False, True
            return True
        if not blocking or timeout == 0:
            scheduler.point(running, TRY, self._number)
            if self._owner is not None:
                return False
        elif not scheduler.point(
            running, ACQUIRE, self._number, self._free, _deadline(timeout), self
        ):
            return False
        self._owner = running
        return True

    def _take_uncontrolled(self, blocking, timeout):  # type: (bool, Optional[float]) -> bool
        """For a forked process, and for threads that the scheduler does not know."""
        waited = 0
        while self._owner is not None:
            if not blocking or (timeout is not None and waited >= timeout):
                return False
            sleep(0.001)
            waited += 0.001
        self._owner = True
        return True

    def _give_back(self):  # type: () -> None
        running = scheduler.current()
        if running is not None:
            # A thread that only waits for it does not see when it was released.
            write = scheduler.point if gates.names(_QUERIES) else scheduler.note
            write(running, RELEASE, self._number)
        self._owner = None

    def locked(self):  # type: () -> bool
        running = scheduler.current()
        if running is not None:
            scheduler.point(running, TRY, self._number)
        return self._owner is not None

    def __enter__(self):  # type: () -> bool
        return self.acquire()

    def __exit__(self, *_exception):  # type: (*Any) -> None
        self.release()

    def _at_fork_reinit(self):  # type: () -> None
        self._owner, self._depth = None, 0

    def __reduce_ex__(self, _protocol):  # type: (Any) -> NoReturn
        raise TypeError("cannot pickle '_thread.%s' object" % self._kind)

    def __repr__(self):  # type: () -> str
        state = "unlocked" if self._owner is None else "locked"
        return "<%s _thread.%s object at 0x%x>" % (state, self._kind, id(self))


class _Lock(Controlled):
    __slots__ = ()
    _kind = "lock"

    def acquire(self, blocking=True, timeout=-1):  # type: (bool, float) -> bool
        return self._take(blocking, _limit(blocking, timeout))

    def release(self):  # type: () -> None
        if self._owner is None:
            raise RuntimeError("release unlocked lock")
        self._give_back()

    def _is_owned(self):  # type: () -> bool
        # What a Condition asks; it would try to acquire it otherwise.
        return self._owner is not None

    acquire_lock, release_lock, locked_lock = acquire, release, Controlled.locked


class _RLock(Controlled):
    __slots__ = ()
    _kind = "RLock"

    def acquire(self, blocking=True, timeout=-1):  # type: (bool, float) -> bool
        timeout = _limit(blocking, timeout)
        if not self._is_owned() and not self._take(blocking, timeout):
            return False
        self._depth += 1
        return True

    def release(self):  # type: () -> None
        if not self._is_owned():
            raise RuntimeError("cannot release un-acquired lock")
        self._depth -= 1
        if not self._depth:
            self._give_back()

    def _is_owned(self):  # type: () -> bool
        return self._owner is not None and self._owner is (scheduler.current() or True)

    def _recursion_count(self):  # type: () -> int
        return self._depth if self._is_owned() else 0

    # What a Condition calls around its wait.
    def _release_save(self):  # type: () -> int
        if not self._is_owned():
            raise RuntimeError("cannot release un-acquired lock")
        depth, self._depth = self._depth, 0
        self._give_back()
        return depth

    def _acquire_restore(self, depth):  # type: (int) -> None
        self._take(True, None)
        self._depth = depth


Lock, RLock = stand_in(_Lock, LockType), stand_in(_RLock, RealRLock)
