"""What runs inside the watched interpreter. It observes and never decides.

| module | what |
|---|---|
| `ring` | the records that threadbare reads, and the definitions they refer to |
| `code` | whose code a frame is; shim frames taken out of tracebacks |
| `hooks` | patches a module when the script imports it, and not before |
| `threads` | start, end, exception and join of threads |
| `locks` | Lock and RLock of the script's own |
| `kinds` | types that pass for those of real locks |
| `sync` | Condition, Event, Semaphore, Barrier |
| `queues` | the four kinds of queue in `queue` |
| `executors` | executors, their tasks and futures |
| `lists` | lists that threads share |
| `looks` | the same before Python 3.12 |
| `processes` | children of every start method |
| `pools` | `multiprocessing.Pool`, tasks in worker processes |
| `marks` | one tool of `multiprocessing` in several processes |
| `process_locks` | locks and semaphores of `multiprocessing` |
| `process_tools` | its conditions, events and barriers |
| `process_queues` | its queues |
| `process_values` | its values and arrays |
| `connections` | its pipes |
| `managers` | the objects of its managers |
| `numbers` | by which records name what the script makes |
| `variables`, `follower`, `symbols` | what the script calls what it makes, by its bytecodes |
| `instructions` | bytecodes and what their arguments mean |
| `clock` | `time.sleep` |

Each part is started by itself: one that this version of Python does not fit is reported as not
watched, and the others go on.
"""
import os

from . import clock, code, connections, executors, hooks, lists, locks, managers, marks, pools
from . import process_locks, process_queues, process_tools, process_values, processes, queues
from . import ring, sync, threads

# The modules are taken out of `sys.modules`; this keeps them alive.
_KEPT = (clock, code, connections, executors, hooks, lists, locks, managers, marks, pools)
_KEPT += (process_locks, process_queues, process_tools, process_values, processes, queues)
_KEPT += (ring, sync, threads)


def start(run):  # type: (str) -> Set[str]
    """Opens the ring in the folder `run` and patches what is there. Under `explore` serves
    schedules instead. Returns the modules that the script shall find as imported."""
    if os.path.exists(os.path.join(run, "explore")):
        from . import control

        return control.serve(run)
    ring.open_in(run)
    code.start()
    threads.start()
    processes.start(run)
    for what, part in (
        ("time.sleep", clock.start),
        ("threads", lambda: hooks.when_imported("threading", threads.patch)),
        ("locks", lambda: hooks.when_imported("threading", locks.patch)),
        ("other tools", lambda: hooks.when_imported("threading", sync.patch)),
        ("queues", lambda: hooks.when_imported("queue", queues.patch)),
        ("executors", executors.start),
        ("processes", processes.patch),
        ("lists", lists.start),
        ("tracebacks", lambda: hooks.when_imported("traceback", code.patch_traceback)),
        ("stacks", lambda: hooks.when_imported("inspect", code.patch_inspect)),
    ):
        ring.guarded(what, part)
    return set()
