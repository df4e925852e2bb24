"""One thread at a time, in an order that threadbare chooses: the script under `explore`.

The interpreter becomes a fork server before it reaches the script: each schedule is run by a
child that starts from the same state, so no schedule has an effect on another.

| module | what |
|---|---|
| `server` | the requests of threadbare, and one child for each |
| `scheduler` | which thread runs next: the schedule that was asked for, or a search's choice |
| `policy` | the searches that choose by chance |
| `trace` | what was done, in memory that outlives the child |
| `gates` | before which bytecodes of the script another thread may run |
| `bytecode` | has the scheduler called there |
| `locks` | Lock and RLock whose waits the scheduler knows |
| `threads` | start, end, exception and join of threads |
| `processes` | that the script starts some, which nothing here controls |
| `values` | the values of variables after each step, for a schedule that is described or stepped |
| `tools` | what conditions, queues and others are used for, for the same |
| `clock` | sleeps and times of a clock that only the scheduler moves |

Not controlled: other processes, and calls that wait for something outside the script.
"""
import os
import sys


def serve(run):  # type: (str) -> set
    """Serves the requests of threadbare. Returns in each child, with the modules that it keeps."""
    try:
        before = set(sys.modules)
        # Most scripts import it: once for all is enough. But a module of the script's own that
        # has its name goes before it.
        beside = os.path.join(os.path.dirname(os.path.abspath(sys.argv[0])), "threading")
        if not os.path.exists(beside + ".py") and not os.path.isdir(beside):
            import threading  # noqa: F401
        kept = set(sys.modules) - before
        from . import server

        server.serve(run, kept)
        return kept
    except BaseException as error:
        # Without control the script must not run.
        os.write(2, ("%s: %s\n" % (type(error).__name__, error)).encode())
        os._exit(1)
