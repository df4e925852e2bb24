"""Numbers of the locks, queues and pools that a script makes, by which records name them."""
import sys
from itertools import count

from . import code, variables
from .ring import define, define_all, not_watched

# Things that are watched at most.
_MOST = 20000

_numbers = count(1)
# Numbers of what other processes have made, by their processes and numbers there.
_of_others = {}
# Holds something once a tracer was found.
_traced = []


def define_at(frame, word, what="lock", *more):
    # type: (FrameType, Union[int, str], str, *Any) -> Optional[int]
    """The number of something that the script makes by the call that this frame is at; None if
    there are too many."""
    look_for_tracers()
    number = _next()
    if number is None:
        return None
    names = variables.of(frame, word)
    frame = code.place(frame)
    definitions = [(what, number, word, *more, frame.f_lineno, frame.f_code.co_filename)]
    if names is not None:
        definitions.insert(0, ("variable", number, *names))
    return number if define_all(*definitions) else None


def look_for_tracers():  # type: () -> None
    """Whether the script traces itself, which is asked of the thread that makes or joins
    something. It sees more than its own code then."""
    monitoring = getattr(sys, "monitoring", None)
    if not _traced and (
        sys.gettrace() is not None
        or sys.getprofile() is not None
        # Debuggers, coverage and profilers.
        or monitoring is not None
        and any(monitoring.get_tool(tool) for tool in (0, 1, 2))
    ):
        _traced.append(True)
        not_watched(
            "the script without threadbare: its own tracer or profiler sees functions of threadbare"
        )


def of_other(pid, first):  # type: (int, int) -> Optional[int]
    """The number that something has here which another process has made, by its number there."""
    number = _of_others.get((pid, first))
    if number is None:
        number = _next()
        if number is None or not define("same", number, pid, first):
            return None
        _of_others[pid, first] = number
    return number


def _next():  # type: () -> Optional[int]
    number = next(_numbers)
    if number <= _MOST:
        return number
    if number == _MOST + 1:
        not_watched("locks, queues and pools after the first %d" % _MOST)
    return None
