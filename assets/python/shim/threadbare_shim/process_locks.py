"""Lock, RLock, Semaphore and BoundedSemaphore of `multiprocessing` that the script makes itself.

Their `acquire` and `release` are methods of a semaphore that is written in C; each object has
them as its own attributes. Those of a watched one are replaced, and nothing else of it: its type,
what it is pickled as, and the semaphore stay. What the library makes for its queues and pools is
left alone. As for other locks, an acquisition is reported after it is done, a release before.
"""
from _thread import TIMEOUT_MAX, get_ident

from . import code, locks, marks, numbers
from .looks import look
from .ring import LOCK_RELEASE, delay, emit, guarded

# What one of these is of itself: the whole tool.
WHOLE = "whole"

# What a thread does once while it still has the lock that it releases next, by its identity: the
# report of a value that this lock guards.
before_release = {}
# Which parts of a tool are watched in a process that got it pickled, and how.
_watch_part = {}
_CONTEXT = "multiprocessing/context.py"
# The library's own way from the script's line to the lock of a value.
_VALUES = "multiprocessing/sharedctypes.py"


def patch(module):  # type: (ModuleType) -> None
    """Wraps the creation, pickling and the `with` of `multiprocessing.synchronize`."""
    watch_part(WHOLE, _watch)
    for name, kind in (
        ("Lock", "lock"),
        ("RLock", "rlock"),
        ("Semaphore", "semaphore"),
        ("BoundedSemaphore", "semaphore"),
    ):
        guarded("multiprocessing." + name, _wrap_init, getattr(module, name), kind)
    guarded("tools of multiprocessing in children", _wrap_pickling, module.SemLock)
    guarded("with statements of multiprocessing", _wrap_with, module.SemLock)


def watch_part(part, watch):  # type: (str, Callable[[SemLock, int], None]) -> None
    """How a semaphore that is this part of a tool is watched: by `watch(semaphore, number)`."""
    _watch_part[part] = watch


def give(semaphore, number, part):  # type: (SemLock, int, str) -> None
    """Makes a semaphore a part of the tool of this number, here and where it will be pickled to."""
    marks.put(semaphore, number, part)
    if part in _watch_part:
        _watch_part[part](semaphore, number)


def wrap_init(kind, define, parts):
    # type: (type, Callable[[Any, FrameType], Optional[int]], Callable[[Any], List[tuple]]) -> None
    """Each tool of the script gets a number after its creation, by `define(tool, frame)`; and
    `parts(tool)` says which semaphores are which part of it."""

    def made(self):  # type: () -> None
        frame = maker(self)
        number = define(self, frame) if frame is not None else None
        if number is not None:
            for semaphore, part in parts(self):
                give(semaphore, number, part)

    code.after_init(kind, made)


def maker(thing):  # type: (Any) -> Optional[FrameType]
    """The frame of the script that makes a tool; None if a library makes it for itself."""
    frame = _past_constructors(code.caller(), thing)
    while _is_of(frame, _CONTEXT) or _is_of(frame, _VALUES):
        frame = frame.f_back
    return frame if code.is_users(frame) else None


def _past_constructors(frame, thing):  # type: (Optional[FrameType], Any) -> Optional[FrameType]
    """Past the constructors of the script's own subclasses, and of the library's."""
    while frame is not None and frame.f_code.co_name == "__init__":
        if frame.f_locals.get("self") is not thing:
            break
        frame = frame.f_back
    return frame


def _is_of(frame, file):  # type: (Optional[FrameType], str) -> bool
    return frame is not None and code.library_path(frame.f_code.co_filename) == file


def _wrap_init(kind, word):  # type: (type, str) -> None
    wrap_init(
        kind,
        lambda _, frame: numbers.define_at(frame, "multiprocessing." + word),
        lambda self: [(self, WHOLE)],
    )


def _wrap_pickling(kind):  # type: (type) -> None
    getstate, setstate = kind.__getstate__, kind.__setstate__

    def __getstate__(self):  # type: () -> Tuple[Any, ...]
        state = getstate(self)
        try:
            marks.before_pickling(self)
        except Exception:
            pass
        return state

    def __setstate__(self, state):  # type: (Tuple[Any, ...]) -> None
        setstate(self, state)
        try:
            mark = marks.after_unpickling(self)
            watch = _watch_part.get(mark.part) if mark is not None else None
            if watch is not None:
                watch(self, mark.number)
        except Exception:
            pass

    code.put(kind, "__getstate__", __getstate__, getstate)
    code.put(kind, "__setstate__", __setstate__, setstate)


def _wrap_with(kind):  # type: (type) -> None
    """The `with` statement does not ask the object for its own attributes."""
    enter, leave = kind.__enter__, kind.__exit__

    def __enter__(self):  # type: () -> bool
        acquire = self.__dict__.get("acquire")
        return acquire() if type(acquire) is Method else enter(self)

    def __exit__(self, *args):  # type: (*Any) -> None
        release = self.__dict__.get("release")
        return release.at_end(args) if type(release) is Method else leave(self, *args)

    code.put(kind, "__enter__", __enter__, enter)
    code.put(kind, "__exit__", __exit__, leave)


class Method(code.Builtin):
    """Stands for a method of a semaphore; `call` does its work.

    It holds the semaphore and not the object that it is an attribute of, which would live on.
    """

    def __init__(self, original, call, at_end=None):
        # type: (Callable[..., Any], Callable[..., Any], Optional[Callable[[tuple], None]]) -> None
        super().__init__(original, call)
        self.at_end = at_end or (lambda _exception: call())

    def __getattr__(self, name):  # type: (str) -> Any
        return getattr(self.__wrapped__, name)

    # Refused, in the words of the real one.
    def __reduce_ex__(self, protocol):  # type: (int) -> Union[str, Tuple[Any, ...]]
        return self.__wrapped__.__reduce_ex__(protocol)


def waits(block=True, timeout=None):  # type: (Any, Any) -> bool
    """Whether an acquisition with these arguments can wait; what else may be given is judged by
    the semaphore itself."""
    if type(block) not in (bool, int) or not block:
        return False
    return timeout is None or type(timeout) in (int, float) and 0 < timeout <= TIMEOUT_MAX


def may_wait(args, kwargs):  # type: (Tuple[Any, ...], Dict[str, Any]) -> bool
    """The same for arguments as they were given."""
    try:
        return waits(*args, **kwargs)
    except TypeError:
        return False


def _watch(self, number):  # type: (int) -> None
    semaphore = self._semlock
    acquire, release = _methods(semaphore, number)
    self.acquire = Method(semaphore.acquire, acquire)
    self.release = Method(semaphore.release, release)


def _delay():  # type: () -> None
    """Not in the middle of the library's own code: an exception would leave it in two halves."""
    if code.is_users(code.caller()):
        delay()


class _Watched:
    """A semaphore as `locks.get` wants it."""

    _delay, _depth = staticmethod(_delay), None
    # It counts itself.
    _keep = int

    def __init__(self, semaphore, number, release):
        # type: (_multiprocessing.SemLock, int, Callable[..., None]) -> None
        self._inner, self._number, self.release = semaphore, number, release


class _Counting(_Watched):
    """One of a lock that counts how often its thread has it."""

    @property
    def _depth(self):  # type: () -> int
        """Without the acquisition that is about to be reported."""
        return self._inner._count() - 1


def _methods(semaphore, number):
    # type: (_multiprocessing.SemLock, int) -> Tuple[Callable[..., bool], Callable[..., None]]
    get, real_acquire, real_release = locks.get, semaphore.acquire, semaphore.release
    # Only one thread at a time has a lock that counts.
    counts = semaphore.kind == 0

    def acquire(*args, **kwargs):  # type: (*Any, **Any) -> bool
        if not args and not kwargs:
            return get(lock, None, None, locks.TIMEOUT)
        if may_wait(args, kwargs):
            return get(lock, None, _timeout(*args, **kwargs))
        return get(lock, locks.trying(real_acquire, *args, **kwargs), why=locks.TRY)

    def release(*args, **kwargs):  # type: (*Any, **Any) -> None
        slow = False
        try:
            if before_release:
                before_release.pop(get_ident(), int)()
            if args or kwargs:
                # Refused, so nothing is released.
                pass
            elif counts:
                if semaphore._is_mine():
                    slow = emit(LOCK_RELEASE, number, semaphore._count() - 1, 0, 0)
                    look(number)
            elif semaphore._get_value() < semaphore.maxvalue:
                slow = emit(LOCK_RELEASE, number, 0, 0, 0)
                look(number)
        finally:
            real_release(*args, **kwargs)
        if slow:
            _delay()

    lock = (_Counting if counts else _Watched)(semaphore, number, release)
    return acquire, release


def _timeout(block=True, timeout=None):  # type: (int, Optional[float]) -> Optional[float]
    return timeout
