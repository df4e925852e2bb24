"""Pools of processes, and the tasks that worker processes get from their parent.

A task has the number that its parent gave it. The worker function of the library runs it; what it
takes from one queue and puts into the other are the start and the end, so no frame of ours is on
the stack meanwhile.
"""
import os
import sys
from _thread import get_ident
from time import monotonic_ns

from . import code, numbers, sync
from .ring import (
    CHILD_TASK_END,
    CHILD_TASK_START,
    POOL_PICKLE,
    POOL_RESULT,
    POOL_STATE,
    POOL_TASKS,
    TASK_WAIT,
    define,
    emit,
    guarded,
)

# The process that gives this one its tasks; of a forkserver's child, that is not its parent.
_parent = 0
# Pools that the script makes, by number.
_pools = code.Known()
# Whose task it is, and what a pool does.
_EXECUTOR, _POOL = 0, 1
_BEGINS, _ENDS, _ENDED = 0, 1, 2
# How long each thread that is measured has pickled and unpickled, in nanoseconds.
_pickling = {}


def parent_is(pid):  # type: (int) -> None
    global _parent
    _parent = pid


def patch_worker(process):  # type: (ModuleType) -> None
    """Workers of a ProcessPoolExecutor: the number of a task is the executor's count."""
    send = process._sendback_result

    def watched(result_queue, work_id, *args, **kwargs):
        # type: (SimpleQueue, int, *Any, **Any) -> None
        failed = kwargs.get("exception") is not None
        emit(CHILD_TASK_END, _parent, work_id, 0, _EXECUTOR | failed << 1)
        return send(result_queue, work_id, *args, **kwargs)

    code.put(process, "_sendback_result", watched, send)


def patch_queues(queues):  # type: (ModuleType) -> None
    guarded("tasks in worker processes", _wrap_get, queues.Queue)
    guarded("tasks of pools", _wrap_pool_queue, queues.SimpleQueue)


def _wrap_get(kind):  # type: (type) -> None
    get = kind.get

    def watched(self, block=True, timeout=None):  # type: (bool, Optional[float]) -> Any
        item = get(self, block, timeout)
        if type(item).__name__ == "_CallItem":
            emit(CHILD_TASK_START, _parent, item.work_id, 0, _EXECUTOR)
        return item

    code.put(kind, "get", watched, get)


def _wrap_pool_queue(kind):  # type: (type) -> None
    get, put = kind.get, kind.put

    def watched_get(self):  # type: () -> Any
        if not _in_worker():
            return get(self)
        item, spent = _measured(get, self)
        if type(item) is tuple and len(item) == 5:
            emit(CHILD_TASK_START, _parent, item[0], item[1] or 0, _POOL)
            emit(POOL_PICKLE, _parent, item[0], spent)
        return item

    def watched_put(self, item):  # type: (Any) -> None
        if not (type(item) is tuple and len(item) == 3 and _in_worker()):
            return put(self, item)
        failed = int(type(item[2]) is tuple and item[2][:1] == (False,))
        emit(CHILD_TASK_END, _parent, item[0], item[1] or 0, _POOL | failed << 1)
        _, spent = _measured(put, self, item)
        emit(POOL_PICKLE, _parent, item[0], spent)

    code.put(kind, "get", watched_get, get)
    code.put(kind, "put", watched_put, put)


def patch_reduction(reduction):  # type: (ModuleType) -> None
    guarded("pickling of tasks of pools", _wrap_pickler, reduction.ForkingPickler)


def _wrap_pickler(kind):  # type: (type) -> None
    dumps, loads = kind.__dict__["dumps"].__func__, kind.loads

    def watched_dumps(cls, obj, protocol=None):  # type: (Any, Optional[int]) -> memoryview
        return _timed(dumps, cls, obj, protocol)

    def watched_loads(*args, **kwargs):  # type: (*Any, **Any) -> Any
        return _timed(loads, *args, **kwargs)

    code.put(kind, "dumps", watched_dumps, dumps)
    code.put(kind, "loads", watched_loads, loads)
    kind.dumps, kind.loads = classmethod(watched_dumps), staticmethod(watched_loads)


def _timed(function, *args, **kwargs):  # type: (Callable[..., Any], *Any, **Any) -> Any
    """Calls it, and adds its time if the thread is measured."""
    spent = _pickling.get(get_ident()) if _pickling else None
    if spent is None:
        return function(*args, **kwargs)
    begun = monotonic_ns()
    try:
        return function(*args, **kwargs)
    finally:
        spent[0] += monotonic_ns() - begun


def _measured(function, *args):  # type: (Callable[..., Any], *Any) -> Tuple[Any, int]
    """What it returns, and how long it pickled and unpickled."""
    ident, spent = get_ident(), [0]
    _pickling[ident] = spent
    try:
        return function(*args), spent[0]
    finally:
        _pickling.pop(ident, None)


def _in_worker():  # type: () -> bool
    """Whether the worker function of a pool calls the function that calls this."""
    about = sys._getframe(2).f_code
    file = code.library_path(about.co_filename)
    return about.co_name == "worker" and file == "multiprocessing/pool.py"


def patch_pool(pool):  # type: (ModuleType) -> None
    guarded("pools", _wrap_life, pool)
    guarded("tasks of pools", _wrap_results, pool)
    guarded("pickling of tasks of pools", _wrap_setup, pool.Pool)


def _wrap_life(pool):  # type: (ModuleType) -> None
    init = pool.Pool.__init__

    def __init__(self, *args, **kwargs):  # type: (*Any, **Any) -> None
        frame = code.caller()
        # Past `context.Pool` and `ThreadPool`.
        while frame is not None and _is_of_pools(frame):
            frame = frame.f_back
        number = numbers.define_at(frame, "pool", "pool") if code.is_users(frame) else None
        if number is None:
            return init(self, *args, **kwargs)
        _pools.put(self, number)
        emit(POOL_STATE, number, _BEGINS)
        init(self, *args, **kwargs)
        method = getattr(self._ctx, "get_start_method", lambda: "")()
        processes = not isinstance(self, pool.ThreadPool)
        define("pool_size", number, self._processes, method if processes else "threads")

    code.put(pool.Pool, "__init__", __init__, init)
    for name, after in (("close", None), ("terminate", _ENDED), ("join", _ENDED)):
        _wrap_end(pool.Pool, name, after)


def _wrap_setup(kind):  # type: (type) -> None
    """The parent's side: its two threads put tasks and get results by these functions."""
    setup = kind._setup_queues

    def _setup_queues(self):  # type: () -> None
        setup(self)
        if _pools.of(self) is not None:
            put, get = self._quick_put, self._quick_get

            def quick_put(task):  # type: (Any) -> None
                _, spent = _measured(put, task)
                emit_spent(task, spent)

            def quick_get():  # type: () -> Any
                result, spent = _measured(get)
                emit_spent(result, spent)
                return result

            self._quick_put, self._quick_get = quick_put, quick_get

    def emit_spent(item, spent):  # type: (Any, int) -> None
        # There are also signs that nothing more will come.
        if type(item) is tuple and item and type(item[0]) is int:
            emit(POOL_PICKLE, os.getpid(), item[0], spent)

    code.put(kind, "_setup_queues", _setup_queues, setup)


def _is_of_pools(frame):  # type: (FrameType) -> bool
    return code.library_path(frame.f_code.co_filename).startswith("multiprocessing/")


def _wrap_end(kind, name, after):  # type: (type, str, Optional[int]) -> None
    end = getattr(kind, name)

    def watched(self):  # type: () -> None
        number = _pools.of(self)
        if number is not None:
            emit(POOL_STATE, number, _ENDS)
        try:
            end(self)
        finally:
            if number is not None and after is not None:
                emit(POOL_STATE, number, after)

    code.put(kind, name, watched, end)


def _wrap_results(pool):  # type: (ModuleType) -> None
    for kind in (pool.ApplyResult, pool.IMapIterator):
        _wrap_result(kind)
    init = pool.MapResult.__init__

    def __init__(self, of_pool, chunksize, length, *args, **kwargs):
        # type: (Pool, int, int, *Any, **Any) -> None
        init(self, of_pool, chunksize, length, *args, **kwargs)
        number = _pools.of(of_pool)
        if number is not None:
            # Instead of the one task that it was taken for.
            emit(POOL_TASKS, number, self._job, length, self._number_left)

    code.put(pool.MapResult, "__init__", __init__, init)


def _wrap_result(kind):  # type: (type) -> None
    init, put = kind.__init__, kind._set

    def __init__(self, of_pool, *args, **kwargs):  # type: (Pool, *Any, **Any) -> None
        init(self, of_pool, *args, **kwargs)
        number = _pools.of(of_pool)
        if number is not None:
            condition = self._cond if hasattr(self, "_cond") else self._event._cond
            # Its waits are those for the results.
            sync.inside.put(condition, ((TASK_WAIT, number), int))
            emit(POOL_TASKS, number, self._job, 1, 1)

    def _set(self, i, result):  # type: (int, Tuple[bool, Any]) -> None
        put(self, i, result)
        emit(POOL_RESULT, 0, self._job)

    code.put(kind, "__init__", __init__, init)
    code.put(kind, "_set", _set, put)
