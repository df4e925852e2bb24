"""Queue, JoinableQueue and SimpleQueue of `multiprocessing` that the script makes itself.

Puts and gets are reported where the library counts them itself: a Queue acquires a semaphore for
each item that is put, and releases it for each that is taken, in whatever process that is; a
SimpleQueue has a lock for each of both. How many items are in it follows from these. A put is
reported before it is done, as otherwise the item could be seen to be taken earlier.
"""
from . import code, marks, numbers
from .process_locks import Method, may_wait, watch_part, wrap_init
from .ring import QUEUE_DROP, QUEUE_GET, QUEUE_PUT, QUEUE_WAIT, emit, guarded, waiting

# The parts of a queue: the semaphore of a Queue, the two locks of a SimpleQueue.
_ROOM, _PUTS, _GETS = "room", "puts", "gets"
# What a wait is for.
_ITEM, _FREE, _ALL_DONE = 0, 1, 2
_UNKNOWN = -1


def patch(queues):  # type: (ModuleType) -> None
    for part, watch in ((_ROOM, _watch_room), (_PUTS, _watch_puts), (_GETS, _watch_gets)):
        watch_part(part, watch)
    guarded("multiprocessing.Queue", _wrap_queue, queues)
    guarded("multiprocessing.JoinableQueue", _wrap_join, queues.JoinableQueue)
    guarded("multiprocessing.SimpleQueue", _wrap_simple, queues.SimpleQueue)


def _wrap_queue(queues):  # type: (ModuleType) -> None
    def define(self, frame):  # type: (FrameType) -> Optional[int]
        word = "joinable" if isinstance(self, queues.JoinableQueue) else "queue"
        # Without a limit it is as large as a semaphore can count.
        semaphore = self._sem._semlock
        size = 0 if semaphore.maxvalue == semaphore.SEM_VALUE_MAX else semaphore.maxvalue
        return numbers.define_at(frame, "multiprocessing." + word, "queue", size)

    wrap_init(queues.Queue, define, lambda self: [(self._sem, _ROOM)])

    def is_ready(self):  # type: () -> bool
        semaphore = self._sem._semlock
        # Nothing was put, another one is about to take it, or it is on its way.
        return (
            semaphore._get_value() < semaphore.maxvalue
            and not self._rlock._semlock._is_zero()
            and self._poll()
        )

    get = queues.Queue.get

    def watched(self, block=True, timeout=None):  # type: (bool, Optional[float]) -> Any
        number = marks.of(self._sem, _ROOM)
        if number is None or not may_wait((block, timeout), {}) or self._closed:
            return get(self, block, timeout)
        if is_ready(self):
            return get(self, block, timeout)
        return waiting((QUEUE_WAIT, number, _ITEM), get, self, block, timeout)

    code.put(queues.Queue, "get", watched, get)


def _watch_room(self, number):  # type: (int) -> None
    semaphore = self._semlock
    real_acquire, real_release = semaphore.acquire, semaphore.release

    def acquire(*args, **kwargs):  # type: (*Any, **Any) -> bool
        got = may_wait(args, kwargs) and real_acquire(False)
        if not got and may_wait(args, kwargs):
            got = waiting((QUEUE_WAIT, number, _FREE), real_acquire, *args, **kwargs)
        elif not got:
            got = real_acquire(*args, **kwargs)
        if got:
            emit(QUEUE_PUT, number, _UNKNOWN)
        return got

    def release():  # type: () -> None
        # The thread that pickles what was put takes out what cannot be.
        taken = code.caller().f_code.co_name != "_feed"
        emit(QUEUE_GET if taken else QUEUE_DROP, number, _UNKNOWN)
        real_release()

    self.acquire = Method(real_acquire, acquire)
    self.release = Method(real_release, release)


def _wrap_join(kind):  # type: (type) -> None
    join = kind.join

    def watched(self):  # type: () -> None
        number = marks.of(self._sem, _ROOM)
        if number is None or self._unfinished_tasks._semlock._is_zero():
            return join(self)
        return waiting((QUEUE_WAIT, number, _ALL_DONE), join, self)

    code.put(kind, "join", watched, join)


def _wrap_simple(kind):  # type: (type) -> None
    def define(_, frame):  # type: (Any, FrameType) -> Optional[int]
        return numbers.define_at(frame, "multiprocessing.simple", "queue", 0)

    wrap_init(kind, define, lambda self: [(self._rlock, _GETS), (self._wlock, _PUTS)])
    get = kind.get

    def watched(self):  # type: () -> Any
        number = marks.of(self._rlock, _GETS)
        # A closed one says so itself.
        if number is None or self._reader.closed:
            return get(self)
        if not self._rlock._semlock._is_zero() and self._poll():
            return get(self)
        return waiting((QUEUE_WAIT, number, _ITEM), get, self)

    code.put(kind, "get", watched, get)


def _watch_puts(self, number):  # type: (int) -> None
    """The lock that each put has."""
    real_acquire, real_release = self._semlock.acquire, self._semlock.release

    def acquire(*args, **kwargs):  # type: (*Any, **Any) -> bool
        got = real_acquire(*args, **kwargs)
        if got:
            emit(QUEUE_PUT, number, _UNKNOWN)
        return got

    def at_end(exception):  # type: (Tuple[Any, ...]) -> None
        if exception[0] is not None:
            emit(QUEUE_DROP, number, _UNKNOWN)
        real_release()

    self.acquire = Method(real_acquire, acquire)
    self.release = Method(real_release, real_release, at_end)


def _watch_gets(self, number):  # type: (int) -> None
    """The lock that each get has."""
    real_release = self._semlock.release

    def at_end(exception):  # type: (Tuple[Any, ...]) -> None
        if exception[0] is None:
            emit(QUEUE_GET, number, _UNKNOWN)
        real_release()

    self.release = Method(real_release, real_release, at_end)
