"""Start, end, exception and join of threads, one at a time."""
import _thread
import sys
from _thread import get_ident
from _weakref import ref
from itertools import count

from .. import code
from . import bytecode, clock, scheduler, trace
from .trace import JOIN, START

# The threads under control by their objects in `threading`.
_of = code.Known()
# As which they were made, of threads and futures. By this they are hashed: an executor joins its
# threads in the order of a set, and addresses may be others when a schedule is run again.
_order = code.Known()
_numbers = count(1)


class _Started:
    """Stands for the event by which a new thread says that it has begun: it begins at once, up
    to there, and gives back what it took. As little as that is nothing to choose about."""

    def __init__(self):  # type: () -> None
        self._set = False
        self._starter = None
        # The thread under control that it is about.
        self._new = None

    def is_set(self):  # type: () -> bool
        return self._set

    isSet = is_set

    def wait(self, timeout=None):  # type: (Optional[float]) -> bool
        running = scheduler.current()
        new = self._new
        if not self._set and running is not None and new is not None:
            self._starter = running
            scheduler.switch(running, new)
        return self._set

    def set(self):  # type: () -> None
        self._set = True
        starter, self._starter = self._starter, None
        if starter is not None:
            scheduler.switch(scheduler.current(), starter)

    def clear(self):  # type: () -> None
        self._set = False

    def _at_fork_reinit(self):  # type: () -> None
        pass


def patch(threading):  # type: (ModuleType) -> None
    initial = threading.Thread.__init__

    def __init__(self, *args, **kwargs):  # type: (*Any, **Any) -> None
        initial(self, *args, **kwargs)
        self._started = _Started()
        _order.put(self, next(_numbers))

    code.put(threading.Thread, "__init__", __init__, initial)
    __init__.__kwdefaults__ = initial.__kwdefaults__
    threading.Thread.__hash__ = _hash
    for name in ("_start_new_thread", "_start_joinable_thread"):
        original = getattr(threading, name, None)
        if original is not None:
            setattr(threading, name, _starting(original))
    _thread.start_new_thread = _starting(_thread.start_new_thread)
    _patch_join(threading)
    _patch_exceptions(threading)
    clock.patch_copy(threading, "_time")


def patch_futures(base):  # type: (ModuleType) -> None
    """Those that wait for futures keep them in sets, and lock them in the order of addresses."""
    code.after_init(base.Future, lambda self: _order.put(self, next(_numbers)))
    base.Future.__hash__ = base.id = _hash


def _hash(thing):  # type: (Any) -> int
    return _order.of(thing) or object.__hash__(thing)


def begin_main(threading):  # type: (ModuleType) -> None
    """What the module protects its own lists with is nothing to choose about; it made them again
    in this child."""
    if hasattr(threading, "_shutdown_locks_lock"):
        threading._shutdown_locks_lock = _thread.allocate_lock()
    threading._active_limbo_lock = _thread.RLock()
    _of.put(threading.main_thread(), scheduler.current())


def _starting(original):  # type: (Callable) -> Callable
    def start(function, *args, **kwargs):  # type: (Callable, *Any, **Any) -> Any
        running = scheduler.current()
        if running is None:
            return original(function, *args, **kwargs)
        thread = getattr(function, "__self__", None)
        name = getattr(thread, "name", None) or "Thread-%d" % len(scheduler.threads)
        new = scheduler.Thread(name)
        if hasattr(thread, "_bootstrap"):
            thread._started._new = new
            new.made = ref(thread)
            _of.put(thread, new)

        def run(*args, **kwargs):  # type: (*Any, **Any) -> Any
            new.gate.acquire()
            scheduler.by_ident[get_ident()] = new
            bytecode.trace_thread()
            try:
                return function(*args, **kwargs)
            finally:
                sys.settrace(None)
                scheduler.end(new)

        run.__self__ = thread
        scheduler.started()
        try:
            started = original(run, *args, **kwargs)
        except BaseException:
            # It cannot be started: there is none.
            new.ended = True
            raise
        new.obj = new.number
        scheduler.note(running, START, new.number)
        return started

    return start


def _patch_join(threading):  # type: (ModuleType) -> None
    Thread = threading.Thread
    join, is_alive, shutdown = Thread.join, Thread.is_alive, threading._shutdown

    def waited(self, timeout=None):  # type: (Optional[float]) -> None
        running, other = scheduler.current(), _of.of(self)
        if running is None or other is None or other is running:
            return join(self, timeout)
        deadline = None
        if timeout is not None:
            deadline = scheduler.now + max(int(timeout * 1e9), 0)
        if scheduler.point(running, JOIN, other.number, lambda: other.ended, deadline, other):
            # Only the operating system's part of its end is left.
            return join(self)
        return None

    def alive(self):  # type: () -> bool
        other = _of.of(self)
        if other is not None and other.ended:
            join(self)
        return is_alive(self)

    code.put(Thread, "join", waited, join)
    code.put(Thread, "is_alive", alive, is_alive)

    def join_all():  # type: () -> None
        running = scheduler.current()
        if running is not None:
            for thread in threading.enumerate():
                other = _of.of(thread)
                if other is not None and other is not running and not thread.daemon:

                    def ended(other=other):  # type: (scheduler.Thread) -> bool
                        return other.ended

                    scheduler.point(running, JOIN, other.number, ended, None, other)

    def _shutdown():  # type: () -> None
        join_all()
        shutdown()

    if hasattr(threading, "_threading_atexits"):
        # The last one that is called: executors end their threads by others of these.
        threading._threading_atexits.insert(0, join_all)
    else:
        code.put(threading, "_shutdown", _shutdown, shutdown)


def _patch_exceptions(threading):  # type: (ModuleType) -> None
    make = threading._make_invoke_excepthook

    def _make_invoke_excepthook():  # type: () -> Callable
        invoke = make()

        def invoke_excepthook(thread):  # type: (threading.Thread) -> None
            error = sys.exc_info()[1]
            # SystemExit ends a thread quietly.
            if error is not None and not isinstance(error, SystemExit):
                code.strip(error)
                define_error(error)
            del error
            invoke(thread)

        return invoke_excepthook

    code.put(threading, "_make_invoke_excepthook", _make_invoke_excepthook, make)


def patch_excepthook():  # type: () -> None
    """The same for the main thread."""
    original = sys.excepthook

    def excepthook(exctype, value, traceback):
        # type: (Type[BaseException], BaseException, Optional[TracebackType]) -> Any
        define_error(value)
        scheduler.raised = True
        return original(exctype, value, traceback)

    excepthook.__module__ = original.__module__
    sys.excepthook = sys.__excepthook__ = excepthook


def define_error(error):  # type: (BaseException) -> None
    """Which exception ended the thread that runs, and the script's line that raised it."""
    running = scheduler.by_ident.get(get_ident())
    name, text, file, line = code.describe(error)
    place = trace.place(file, line) if line else 0
    checked = int(isinstance(error, AssertionError))
    trace.define("raised", running.number if running else 0, name, text, place, checked)
