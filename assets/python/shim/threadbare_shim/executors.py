"""Executors that the script makes, and the life of each task: submitted, started, ended, asked for.

No frame of ours is on the stack while a task runs: its worker reports the start and the end
through the methods of its future, and so does this. A task has the number of its executor and
its own within that.
"""
from _functools import partial
from _thread import get_ident
from itertools import count

from . import code, hooks, lists, looks, numbers, sync, threads
from .code import BuiltinFunctionType, FunctionType, MethodType
from .ring import (
    TASK_ASKED,
    TASK_END,
    TASK_START,
    TASK_SUBMIT,
    TASK_WAIT,
    define,
    emit,
    guarded,
    waiting,
)

FINISHED, FAILED, CANCELLED = 0, 1, 2
# The value of a task whose argument is not one whole number.
NO_ARGUMENT = -(2**63)
# Names of functions and errors that are defined at most.
_MOST = 1000

# The number of an executor, and the count of its tasks.
_executors = code.Known()
# The numbers of the tasks that futures stand for.
_tasks = code.Known()
# What a thread submits right now.
_submitting = {}
# The lists that each task got.
_lists = {}
_labels = {}
_label_numbers = count(1)
_errors = count()


def start():  # type: () -> None
    """Each part when its module is imported: `concurrent.futures` does that late."""
    for name, patch in (
        ("_base", _patch_futures),
        ("thread", lambda module: _patch_executor(module.ThreadPoolExecutor, "threads")),
        ("process", lambda module: _patch_executor(module.ProcessPoolExecutor, "processes")),
    ):
        hooks.when_imported("concurrent.futures." + name, patch)


def after_fork():  # type: () -> None
    """What the parent's threads were at is none of the child's."""
    _submitting.clear()
    _lists.clear()


def _patch_executor(kind, word):  # type: (type, str) -> None
    submit = kind.submit

    def made(self):  # type: () -> None
        frame = code.maker(self)
        if frame is not None:
            number = numbers.define_at(frame, word, "executor", self._max_workers)
            if number is not None:
                _executors.put(self, (number, count()))

    def watched(*args, **kwargs):  # type: (*Any, **Any) -> Future
        executor = _executors.of(args[0]) if len(args) > 1 else None
        if executor is None:
            return submit(*args, **kwargs)
        ident = get_ident()
        _submitting[ident] = (executor, args, kwargs)
        try:
            return submit(*args, **kwargs)
        finally:
            _submitting.pop(ident, None)

    code.after_init(kind, made)
    code.put(kind, "submit", watched, submit)


def _begin(future, executor, args, kwargs):
    # type: (Future, Tuple[int, Iterator[int]], Tuple[Any, ...], Dict[str, Any]) -> None
    """The future was made in a submit, before any worker can see it."""
    number, counted = executor
    # A worker process knows its tasks by the executor's own count.
    index = getattr(args[0], "_queue_count", None)
    if index is None:
        index = next(counted)
    value = NO_ARGUMENT
    if len(args) == 3 and not kwargs and type(args[2]) is int and abs(args[2]) < 2**62:
        value = args[2]
    _tasks.put(future, (number, index))
    shared = lists.share(args[1], args[2:], kwargs)
    if shared:
        _lists[number, index] = shared
    # Its waits are those for the task.
    sync.inside.put(future._condition, ((TASK_WAIT, number, index), int))
    emit(TASK_SUBMIT, number, index, value, _label(args[1]))


def _label(function):  # type: (Any) -> int
    """The number of a function's name. What could run code of the script is not asked."""
    chunks = False
    for _ in range(8):
        if not isinstance(function, partial):
            break
        chunks = chunks or getattr(function.func, "__name__", "") == "_process_chunk"
        function = function.args[0] if chunks and function.args else function.func
    if isinstance(function, (FunctionType, BuiltinFunctionType, MethodType)):
        name = function.__name__
    else:
        name = type(function).__name__
    if chunks:
        name += " (chunk)"
    number = _labels.get(name)
    if number is None:
        if len(_labels) >= _MOST:
            return 0
        number = _labels[name] = next(_label_numbers)
        define("function", number, name)
    return number


def _patch_futures(base):  # type: (ModuleType) -> None
    for name, wrap in (
        ("the beginning of tasks", _wrap_begin),
        ("the end of tasks", _wrap_end),
        ("waits for futures", _wrap_waits),
    ):
        guarded(name, wrap, base)


def _wrap_begin(base):  # type: (ModuleType) -> None
    init = base.Future.__init__
    begins = base.Future.set_running_or_notify_cancel

    def __init__(self):  # type: () -> None
        init(self)
        submitted = _submitting.pop(get_ident(), None) if _submitting else None
        if submitted is not None:
            try:
                _begin(self, *submitted)
            except Exception:
                pass

    def watched(self):  # type: () -> bool
        runs = begins(self)
        task = _tasks.of(self)
        if runs and task is not None:
            emit(TASK_START, *task)
        return runs

    code.put(base.Future, "__init__", __init__, init)
    code.put(base.Future, "set_running_or_notify_cancel", watched, begins)


def _wrap_end(base):  # type: (ModuleType) -> None
    set_result, set_exception, cancel = (
        base.Future.set_result,
        base.Future.set_exception,
        base.Future.cancel,
    )

    # Reported before it is done: otherwise one that waits could be seen to go on earlier.
    def watched_result(self, result):  # type: (Any) -> None
        task = _tasks.of(self)
        if task is not None:
            _end(task, FINISHED)
        set_result(self, result)

    def watched_exception(self, exception):  # type: (Optional[BaseException]) -> None
        task = _tasks.of(self)
        if task is not None:
            if exception is not None and next(_errors) < _MOST:
                code.strip(exception)
                threads.define_error("failed", task, exception)
            _end(task, FAILED)
        set_exception(self, exception)

    def watched_cancel(self):  # type: () -> bool
        was = self._state
        cancelled = cancel(self)
        task = _tasks.of(self) if cancelled and was == base.PENDING else None
        if task is not None:
            _end(task, CANCELLED)
        return cancelled

    code.put(base.Future, "set_result", watched_result, set_result)
    code.put(base.Future, "set_exception", watched_exception, set_exception)
    code.put(base.Future, "cancel", watched_cancel, cancel)


def _end(task, how):  # type: (Tuple[int, int], int) -> None
    looks.look_for_more()
    lists.release(_lists.pop(task, ()))
    emit(TASK_END, *task, how)


def _wrap_waits(base):  # type: (ModuleType) -> None
    for name in ("result", "exception"):
        setattr(base.Future, name, _Asked(getattr(base.Future, name)))
    install = base._create_and_install_waiters

    def watched(*args, **kwargs):  # type: (*Any, **Any) -> Any
        waiter = install(*args, **kwargs)
        wait = waiter.event.wait

        def waits(timeout=None):  # type: (Optional[float]) -> bool
            return waiting((TASK_WAIT,), wait, timeout)

        waiter.event.wait = waits
        return waiter

    code.put(base, "_create_and_install_waiters", watched, install)


class _Asked:
    """A method of futures that reports that it is about to be called.

    It is no frame of its own: the exceptions that these methods raise keep their tracebacks,
    which many programs walk themselves.
    """

    def __init__(self, method):  # type: (Callable[..., Any]) -> None
        self._method = method

    def __get__(self, future, kind=None):
        # type: (Optional[Future], Optional[type]) -> Callable[..., Any]
        if future is None:
            return self._method
        task = _tasks.of(future)
        if task is not None:
            emit(TASK_ASKED, *task)
        return self._method.__get__(future, kind)
