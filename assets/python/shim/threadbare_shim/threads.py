"""Start, end, exception and join of threads.

No function of ours is on the stack while a thread runs: the interpreter's own first and last
steps of a thread report and return. So stacks and tracebacks are those of the script alone.
"""
import atexit
import sys
from _thread import get_ident, get_native_id
from itertools import count

from . import code, lists, looks, numbers, processes, queues
from .ring import JOIN_BEGIN, JOIN_END, THREAD_END, THREAD_START, define, emit, guarded

MAIN = 1
_numbers = count(MAIN + 1)
# The numbers of the threads that run, by the identity of their objects.
_running = {}
RETURNED, RAISED = 0, 1
_raised = set()
# The lists that each of them got.
_lists = {}


def begin_main(name="MainThread"):  # type: (str) -> None
    """The main thread runs already; its end is seen when the interpreter shuts down."""
    define("thread", MAIN, "main", 0, name)
    emit(THREAD_START, MAIN, get_native_id())


def start():  # type: () -> None
    # Registered first, so called last.
    atexit.register(_end_main)


def after_fork(threading):  # type: (Optional[ModuleType]) -> None
    """Of all threads, the one that forked is left, and is the main thread now."""
    global _numbers
    _numbers = count(MAIN + 1)
    _running.clear()
    _raised.clear()
    _lists.clear()
    lists.after_fork()
    looks.after_fork()
    queues.after_fork()
    current = threading._active.get(get_ident()) if threading is not None else None
    if current is not None:
        _running[id(current)] = MAIN


def raised_in_main(error):  # type: (BaseException) -> None
    """An exception ends the main thread; it may be reported before the end is."""
    _raised.add(MAIN)
    define_error("raised", (MAIN,), error)


def _end_main():  # type: () -> None
    error = getattr(sys, "last_value", None)
    if error is not None:
        raised_in_main(error)
    looks.look_for_more()
    queues.end()
    numbers.look_for_tracers()
    emit(THREAD_END, MAIN, RAISED if MAIN in _raised else RETURNED)


def patch(threading):  # type: (ModuleType) -> None
    guarded("the start of threads", _patch_start, threading)
    guarded("the end of threads", _patch_end, threading)
    guarded("exceptions in threads", _patch_exceptions, threading)
    guarded("joins", _patch_join, threading)
    _running[id(threading.main_thread())] = MAIN


def _patch_start(threading):  # type: (ModuleType) -> None
    set_native_id = threading.Thread._set_native_id

    def _set_native_id(self):  # type: () -> None
        set_native_id(self)
        try:
            # A process of `multiprocessing` calls it for its main thread, and knows its name then.
            if self is threading.main_thread():
                processes.begin()
            else:
                _begin(self, threading)
        except Exception:
            pass

    code.put(threading.Thread, "_set_native_id", _set_native_id, set_native_id)


def _begin(thread, threading):  # type: (Thread, ModuleType) -> None
    number = next(_numbers)
    define("thread", number, _role(thread, threading), int(thread.daemon), thread.name)
    _running[id(thread)] = number
    # Before what it finds changed: a record of a thread that has not begun is one of a stranger.
    emit(THREAD_START, number, get_native_id())
    # The one that starts it waits meanwhile.
    lists.begin()
    looks.begin()
    function = getattr(thread, "_target", None) or thread.run
    _lists[number] = lists.share(
        function, getattr(thread, "_args", ()), getattr(thread, "_kwargs", None) or {}
    )


def _role(thread, threading):  # type: (Thread, ModuleType) -> str
    """Who wanted it: the script, an executor or pool for its tasks, or one of these for itself."""
    kind = type(thread)
    if isinstance(thread, threading._DummyThread):
        return "user"
    function = getattr(thread, "_target", None)
    if kind.run is not threading.Thread.run:
        function = kind.run
    about = getattr(function, "__code__", None)
    file = code.library_path(getattr(about, "co_filename", None))
    # Other threads of the library, such as a timer or a server, run functions of the script.
    if not file.startswith(("concurrent/", "multiprocessing/")):
        return "user"
    return "worker" if about.co_name in ("_worker", "worker") else "helper"


def _patch_end(threading):  # type: (ModuleType) -> None
    Thread = threading.Thread
    inner = Thread._bootstrap_inner
    # 3.8 does not call `_delete` there: one frame below all others, which no traceback has.
    name = "_delete" if "_delete" in inner.__code__.co_names else "_bootstrap_inner"
    original = getattr(Thread, name)

    def last(self):  # type: () -> None
        if name == "_delete":
            _end(self)
            original(self)
        else:
            try:
                original(self)
            finally:
                _end(self)

    code.put(Thread, name, last, original)


def _end(thread):  # type: (Thread) -> None
    number = _running.pop(id(thread), None)
    if number is not None:
        looks.look_for_more()
        lists.release(_lists.pop(number, ()))
        raised = number in _raised
        _raised.discard(number)
        emit(THREAD_END, number, RAISED if raised else RETURNED)


def _patch_exceptions(threading):  # type: (ModuleType) -> None
    make = threading._make_invoke_excepthook

    def _make_invoke_excepthook():  # type: () -> Callable[[Thread], None]
        invoke = make()

        def invoke_excepthook(thread):  # type: (Thread) -> None
            try:
                error = sys.exc_info()[1]
                code.strip(error)
                number = _running.get(id(thread))
                # SystemExit ends a thread quietly.
                if number is not None and not isinstance(error, SystemExit):
                    _raised.add(number)
                    define_error("raised", (number,), error)
                del error
            except Exception:
                pass
            invoke(thread)

        return invoke_excepthook

    code.put(threading, "_make_invoke_excepthook", _make_invoke_excepthook, make)


def define_error(what, numbers, error):  # type: (str, Tuple[int, ...], BaseException) -> None
    """Which exception ended a thread or a task, and the script's line that raised it."""
    name, text, file, line = code.describe(error)
    define(what, *numbers, name, text, line, file)


def _patch_join(threading):  # type: (ModuleType) -> None
    join = threading.Thread.join

    def watched(self, timeout=None):  # type: (Optional[float]) -> None
        numbers.look_for_tracers()
        number = _running.get(id(self))
        if number is None:
            return join(self, timeout)
        emit(JOIN_BEGIN, number)
        try:
            return join(self, timeout)
        finally:
            emit(JOIN_END)

    code.put(threading.Thread, "join", watched, join)
    shutdown = threading._shutdown

    def _shutdown():  # type: () -> None
        others = len(_running) > 1
        if others:
            emit(JOIN_BEGIN)
        try:
            shutdown()
        finally:
            if others:
                emit(JOIN_END)

    code.put(threading, "_shutdown", _shutdown, shutdown)
