"""The bytecodes of a code object, as `dis` shows them; no more of each than is followed here.

To import `dis` itself, and what that imports, would cost each process some 3 ms at its start. It
could not be imported later: a `dis.py` beside the script would be found then.
"""
import opcode
import sys

_NEW_NAMES = sys.version_info >= (3, 11)
# What jumps is counted in: bytecodes of two bytes, from 3.10 on.
_UNIT = 2 if sys.version_info >= (3, 10) else 1
_WITH_ARGUMENT = frozenset(getattr(opcode, "hasarg", range(opcode.HAVE_ARGUMENT, 256)))
_CONSTANTS, _NAMES = frozenset(opcode.hasconst), frozenset(opcode.hasname)
_LOCALS, _FREE = frozenset(opcode.haslocal), frozenset(opcode.hasfree)
_RELATIVE, _ABSOLUTE = frozenset(opcode.hasjrel), frozenset(opcode.hasjabs)
# By how much an argument is shifted that says more than which name it is.
_SHIFTS = {"LOAD_GLOBAL": 1} if _NEW_NAMES else {}
if sys.version_info >= (3, 12):
    _SHIFTS.update(LOAD_ATTR=1, LOAD_SUPER_ATTR=2)
# Only up to 3.10 there is a bytecode of this number; it fills the caches behind others.
_CACHE = 0


class Instruction:
    """A bytecode: `argval` is the name or constant that the argument means, or where it jumps."""

    __slots__ = ("offset", "opcode", "opname", "arg", "argval", "is_jump_target")

    def __init__(self, offset, operation, arg):  # type: (int, int, Optional[int]) -> None
        self.offset, self.opcode, self.opname = offset, operation, opcode.opname[operation]
        self.arg = self.argval = arg
        self.is_jump_target = False


def of(code):  # type: (CodeType) -> List[Instruction]
    """All of a code object, without caches."""
    steps = _decoded(code.co_code)
    ends = [step.offset for step in steps[1:]] + [len(code.co_code)]
    targets = set()
    for step, end in zip(steps, ends):
        if step.opcode in _RELATIVE or step.opcode in _ABSOLUTE:
            step.argval = _target(step, end)
            targets.add(step.argval)
        elif step.arg is not None:
            step.argval = _meaning(code, step)
    for step in steps:
        step.is_jump_target = step.offset in targets
    return steps


def _decoded(raw):  # type: (bytes) -> List[Instruction]
    steps, high = [], 0
    for offset in range(0, len(raw), 2):
        operation, arg = raw[offset], None
        if operation == _CACHE:
            continue
        if operation in _WITH_ARGUMENT:
            arg = raw[offset + 1] | high
            high = arg << 8 if operation == opcode.EXTENDED_ARG else 0
        steps.append(Instruction(offset, operation, arg))
    return steps


def _target(step, end):  # type: (Instruction, int) -> int
    """Where a jump leads. `end` is behind it and its caches."""
    if step.opcode in _ABSOLUTE:
        return step.arg * _UNIT
    back = "JUMP_BACKWARD" in step.opname
    return end + (-step.arg if back else step.arg) * _UNIT


def _meaning(code, step):  # type: (CodeType, Instruction) -> Any
    number, arg = step.opcode, step.arg
    if number in _CONSTANTS:
        return code.co_consts[arg]
    if number in _NAMES:
        return code.co_names[arg >> _SHIFTS.get(step.opname, 0)]
    if step.opname.count("_FAST") > 1:
        # Two variables at once.
        return _variable(code, arg >> 4), _variable(code, arg & 15)
    if number in _LOCALS:
        return _variable(code, arg)
    if number in _FREE:
        return _variable(code, arg if _NEW_NAMES else arg + len(code.co_varnames))
    return arg


def _variable(code, at):  # type: (CodeType, int) -> str
    if _NEW_NAMES:
        return code._varname_from_oparg(at)
    return (code.co_varnames + code.co_cellvars + code.co_freevars)[at]
