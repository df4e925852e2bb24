"""Has the scheduler called before each gate of the script's own code.

Up to 3.11 by a trace function that every thread has; from 3.12 on by `sys.monitoring`, because
tracing of single bytecodes does not work in 3.12.
"""
import sys
from _thread import get_ident

from .. import code as code_of
from . import gates, scheduler, values

_MONITORS = sys.version_info >= (3, 12)
# Around a call of a trace function, the interpreter copies the frame's variables, and back.
_COPIES = sys.version_info < (3, 11)
_TOOL = 4
_gates = {}
# Keeps the code objects alive whose identities are the keys above.
_codes = []


def _of(code):  # type: (CodeType) -> gates.Gates
    found = _gates.get(id(code))
    if found is None:
        found = gates.of(code)
        _gates[id(code)] = found
        _codes.append(code)
    return found


def _pass(found, offset):  # type: (gates.Gates, int) -> bool
    """A thread is before the bytecode at an offset. Returns whether others may have run."""
    gate = found.at.get(offset)
    if gate is None:
        if offset in found.switches:
            running = scheduler.by_ident.get(get_ident())
            if running is not None:
                running.natural = True
        return False
    running = scheduler.by_ident.get(get_ident())
    if running is None or not scheduler.on or scheduler.alone():
        return False
    kind, obj, running.place, switches = gate
    scheduler.arrive(running, kind, obj)
    running.natural = switches
    return True


def _trace(frame, event, _argument):  # type: (FrameType, str, Any) -> Optional[Callable]
    if event != "call" or not code_of.is_users(frame):
        return None
    frame.f_trace_lines = False
    frame.f_trace_opcodes = True
    found = _of(frame.f_code)

    def local(frame, event, _argument):  # type: (FrameType, str, Any) -> Callable
        if event == "opcode" and _pass(found, frame.f_lasti) and _COPIES:
            # What was copied before is written back after this, over what other threads have
            # made of the variables of closures meanwhile. This copies them again.
            frame.f_locals  # noqa: B018
        elif event == "return":
            values.record_return(scheduler.by_ident)
        return local

    return local


def trace_thread():  # type: () -> None
    """The thread that calls this is traced from here on."""
    if not _MONITORS:
        sys.settrace(_trace)


def start():  # type: () -> None
    """All threads from here on."""
    if not _MONITORS:
        trace_thread()
        return
    monitoring = sys.monitoring
    events = monitoring.events
    disable = monitoring.DISABLE

    def begins(code, _offset):  # type: (CodeType, int) -> object
        if code_of.is_users_file(code.co_filename) and id(code) not in _gates:
            for one in gates.nested(code):
                _of(one)
                monitoring.set_local_events(_TOOL, one, watched)
        return disable

    def instruction(code, offset):  # type: (CodeType, int) -> Optional[object]
        found = _of(code)
        if offset in found.at or offset in found.switches:
            _pass(found, offset)
            return None
        return disable

    def returns(_code, _offset, _value):  # type: (CodeType, int, Any) -> None
        if get_ident() in scheduler.by_ident:
            values.record_return(scheduler.by_ident)

    watched = events.INSTRUCTION
    if values.are_wanted():
        watched |= events.PY_RETURN
        monitoring.register_callback(_TOOL, events.PY_RETURN, returns)
    monitoring.use_tool_id(_TOOL, "threadbare")
    monitoring.register_callback(_TOOL, events.PY_START, begins)
    monitoring.register_callback(_TOOL, events.INSTRUCTION, instruction)
    monitoring.set_events(_TOOL, events.PY_START)
