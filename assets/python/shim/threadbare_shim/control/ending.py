"""The end of a child: at once where that makes no difference that the search could see.

The interpreter takes itself apart at its end, which in a forked child copies most of its memory:
longer than many a schedule takes. What is left out are destructors of what lives that long.
"""
import atexit
import gc
import os
import sys

from ..code import Builtin
from . import gates, scheduler, trace

# Whether the status may be another one than that of a script that came to its end or to an
# exception: a script that exits is left to the interpreter.
_exits = False
_quick = False


def prepare():  # type: () -> None
    """Called first, so that it ends last."""
    atexit.register(_end)
    # Before that, and after all functions of the script's that are called at the end.
    atexit.register(scheduler.finish)
    leave = sys.exit

    def exits(*args):  # type: (*Any) -> NoReturn
        global _exits
        _exits = True
        return leave(*args)

    sys.exit = Builtin(leave, exits)
    # What exists now will not be looked through for garbage in each child.
    gc.collect()
    gc.freeze()


def begin(quick):  # type: (bool) -> None
    global _quick
    _quick = quick


def _end():  # type: () -> None
    if not _quick or _exits or not trace.is_open() or gates.names(("SystemExit", "exit", "quit")):
        return
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except Exception:
        return
    os._exit(1 if scheduler.raised else 0)
