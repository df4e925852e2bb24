"""Before which bytecodes of the script another thread may run: those that may touch shared data.

What cannot be shared needs no gate: local names, constants, names and attributes that are
given a value once. Between two gates a thread is alone, and no other could see that it was
not. So fewer gates mean fewer schedules, and none of them is lost.

One file is judged as a whole, from its module's code on. What is seen of other threads in a way
that has no gate (whether one is alive, a cached result) is named, so that no search is a proof.
"""
import builtins
import dis
import sys

from .. import variables
from . import known, operands, trace
from .trace import CHANGE, READ, TOUCH, WRITE

_BEFORE_3_10 = sys.version_info < (3, 10)
# What functions change: names by file, attributes and methods over all files.
_attributes = set()
_functions = set()
_by_code = {}
# Modules with what is shared in them, and how many attributes and functions were known then.
_judged = []
_sizes = 0, 0
_all_names = set()


def names(some):  # type: (Iterable[str]) -> bool
    """Whether the script mentions one of these names."""
    return not _all_names.isdisjoint(some)


class Gates:
    """Of one code object: what is done at each gate, and where the interpreter may switch."""

    __slots__ = ("at", "switches")

    def __init__(self):  # type: () -> None
        # By offset: kind, object, place, whether the interpreter may switch right after it.
        self.at = {}
        self.switches = set()

    def find(self, code, shared, dynamic, loaded):
        # type: (CodeType, Set[str], bool, Set[str]) -> None
        self.at, self.switches = {}, set()
        steps = list(dis.get_instructions(code))
        line = code.co_firstlineno
        lines = dict(dis.findlinestarts(code))
        others = loaded if code.co_name == "<module>" else set()
        private = set() if dynamic else operands.private(code, steps, others)
        for at, step in enumerate(steps):
            line = lines.get(step.offset) or line
            what, name = step.opname, step.argval
            if what in ("RESUME", "JUMP_BACKWARD") or (
                what.startswith("JUMP") and isinstance(name, int) and name <= step.offset
            ):
                self.switches.add(step.offset)
            found = _kind(steps, at, shared, dynamic, private)
            if what == "YIELD_VALUE" and code.co_flags & known.GENERATOR and code.co_name[0] != "<":
                # A generator runs in one thread at a time: another one that comes fails.
                found = CHANGE, 0
            if found is not None:
                kind, obj = found
                place = trace.place(code.co_filename, line)
                self.at[step.offset] = (kind, obj, place, _BEFORE_3_10 or what.startswith("CALL"))
            elif _BEFORE_3_10 or what.startswith("CALL"):
                self.switches.add(step.offset)


def nested(code):  # type: (CodeType) -> Iterator[CodeType]
    """A code object and all in it."""
    yield code
    for const in code.co_consts:
        if isinstance(const, type(code)):
            yield from nested(const)


def _first_start(steps, starting):  # type: (List[dis.Instruction], Set[str]) -> Optional[int]
    """The offset from which on threads may have been started by this code: of the first call that
    may start one, or of the beginning of the loop that it is in."""
    first = None
    for one in steps:
        method = one.opname in ("LOAD_ATTR", "LOAD_METHOD")
        # `map` alone is the built-in function, and `start` a time.
        wanted = starting if method else starting - known.STARTS
        if one.opname.startswith("LOAD_") and one.argval in wanted:
            first = one.offset
            break
    if first is None:
        return None
    back = [
        one.argval
        for one in steps
        if "JUMP" in one.opname and one.offset > first and isinstance(one.argval, int)
    ]
    return min([first, *back])


def _starting(module):  # type: (CodeType) -> Set[str]
    """Names by which threads may be started, those of the script's functions included."""
    starting = known.STARTS | known.STARTING_FUNCTIONS
    more = True
    while more:
        found = {one.co_name for one in nested(module) if not starting.isdisjoint(one.co_names)}
        more = not found <= starting
        starting |= found
    # A module's own code is called by none.
    return starting - {"<module>"}


class _Uses:
    """What the code of one module does with names. Those of attributes and functions are noted for
    all modules."""

    def __init__(self, module):  # type: (CodeType) -> None
        self.module = module
        # Names that threads may share, that functions read, and that may be called by another name.
        self.shared, self.loaded, self.decorated = set(), set(), set()
        # How often names are given a value.
        self.stored = {}
        self.dynamic = False
        self.starting = _starting(module)
        self.classes = {one.co_name for one in nested(module) if not one.co_flags & known.OPTIMIZED}
        for code in nested(module):
            self._read(code)
        _functions.difference_update(self.decorated)
        stored = self.stored.items()
        self.shared |= {name for name, times in stored if times > 1 and name in self.loaded}

    def _read(self, code):  # type: (CodeType) -> None
        self.dynamic = self.dynamic or not known.DYNAMIC.isdisjoint(code.co_names)
        _all_names.update(code.co_names)
        before = None
        steps = list(dis.get_instructions(code))
        # Once, and not in each child.
        variables.know(code, steps)
        started = _first_start(steps, self.starting)
        for at, step in enumerate(steps):
            self._use(code, step, before, started is not None and step.offset >= started)
            if step.opname.startswith("STORE_") and before is not None:
                self._define(steps, at)
            before = step
        _functions.add(code.co_name)

    def _use(self, code, step, before, late):
        # type: (CodeType, dis.Instruction, Optional[dis.Instruction], bool) -> None
        """One instruction; `late` if threads may have been started before it."""
        name, what = step.argval, step.opname
        if what in ("STORE_GLOBAL", "DELETE_GLOBAL"):
            self.shared.add(name)
        elif what in ("STORE_NAME", "DELETE_NAME") and code is self.module:
            # Once before the first thread is started, it is as good as a constant.
            self.stored[name] = self.stored.get(name, 0) + (2 if late else 1)
        elif what in ("STORE_DEREF", "DELETE_DEREF"):
            if name in code.co_freevars:
                self.shared.add(name)
            self.stored[name] = self.stored.get(name, 0) + 1
        elif what in ("STORE_ATTR", "DELETE_ATTR"):
            # No other thread has the object that is being made.
            if late or code.co_name != "__init__" or not operands.is_of_self(code, before):
                _attributes.add(name)
        elif what == "LOAD_GLOBAL" or what in known.LOADS and code is not self.module:
            self.loaded.add(name)

    def _define(self, steps, at):  # type: (List[dis.Instruction], int) -> None
        """What is stored may be a function, or what a decorator has made of one."""
        name, before = steps[at].argval, steps[at - 1]
        if before.opname in ("MAKE_FUNCTION", "SET_FUNCTION_ATTRIBUTE"):
            _functions.add(name)
        elif before.opname.startswith("CALL") and name not in self.classes:
            callee = operands.called(steps, at - 1)
            if callee is None or callee.argval not in known.PLAIN:
                self.decorated.add(name)


def judge(module):  # type: (CodeType) -> None
    """Finds the gates of a module and of all functions in it."""
    global _sizes
    trace.file(module.co_filename)
    uses = _Uses(module)
    for name in sorted(known.UNSEEN & _all_names):
        trace.define("unseen", name)
    _judged.append((module, uses.shared, uses.dynamic, uses.loaded))
    sizes = len(_attributes), len(_functions)
    # What one file changes is an attribute in those that were judged before, too.
    for module, *of_module in _judged if sizes != _sizes else _judged[-1:]:
        for code in nested(module):
            _by_code.setdefault(code, Gates()).find(code, *of_module)
    if sizes != _sizes and hasattr(sys, "monitoring"):
        # For gates in code that has run already.
        sys.monitoring.restart_events()
    _sizes = sizes


def of(code):  # type: (CodeType) -> Gates
    """The gates of a code object of the script."""
    gates = _by_code.get(code)
    if gates is None:
        judge(code)
        gates = _by_code[code]
    return gates


def _kind(steps, at, shared, dynamic, private):
    # type: (List[dis.Instruction], int, Set[str], bool, Set[str]) -> Optional[Tuple[int, int]]
    """What an instruction may do to shared data: a kind and an object; `None` for nothing."""
    step = steps[at]
    what, name = step.opname, step.argval
    before = steps[at - 1] if at else step
    if what in known.LOADS:
        is_known = name in shared or (dynamic and not hasattr(builtins, str(name)))
        return (READ, trace.name(name)) if is_known and name not in _functions else None
    if what in ("STORE_GLOBAL", "DELETE_GLOBAL", "STORE_NAME", "STORE_DEREF"):
        return (WRITE, trace.name(name)) if name in shared else None
    if what in ("LOAD_ATTR", "LOAD_METHOD"):
        is_known = name in _attributes or dynamic and what == "LOAD_ATTR"
        return (READ, trace.name(name)) if is_known else None
    if what in ("STORE_ATTR", "DELETE_ATTR"):
        return (WRITE, trace.name(name)) if name in _attributes else None
    if what in known.CHANGES:
        # What was just made here is in no other's hands.
        fresh = what in ("LIST_EXTEND", "SET_UPDATE") and before.opname == "LOAD_CONST"
        return None if fresh else (CHANGE, 0)
    if what in ("GET_ITER", "FOR_ITER"):
        return None if operands.is_own(steps, at, private) else (TOUCH, 0)
    if what in known.TOUCHES or what.startswith(("BINARY_ADD", "INPLACE_")):
        return _touch(steps, at)
    if "JUMP_IF_" in what and ("FALSE" in what or "TRUE" in what) or what == "TO_BOOL":
        loads = before.opname.startswith("LOAD_") and before.opname != "LOAD_CONST"
        return (TOUCH, 0) if loads else None
    if what.startswith("CALL") and what not in ("CALL_INTRINSIC_1", "CALL_INTRINSIC_2"):
        return _call(steps, at)
    return None


def _touch(steps, at):  # type: (List[dis.Instruction], int) -> Optional[Tuple[int, int]]
    step, before = steps[at], steps[at - 1]
    constant = before.opname == "LOAD_CONST" and not isinstance(before.argval, (tuple, frozenset))
    if constant and not step.opname.startswith("BINARY_S") and step.opname != "CONTAINS_OP":
        # With a number or a text: no container is looked into.
        return None
    newer = step.opname == "BINARY_OP" and step.argrepr.endswith("=")
    return (CHANGE if newer or step.opname.startswith("INPLACE_") else TOUCH), 0


def _call(steps, at):  # type: (List[dis.Instruction], int) -> Optional[Tuple[int, int]]
    step = steps[at]
    if step.opname.startswith("CALL_FUNCTION_EX"):
        return CHANGE, 0
    if operands.leaves_with(steps, at):
        return None
    callee = operands.called(steps, at)
    name = callee.argval if callee is not None else None
    if not isinstance(name, str) or callee.opname == "LOAD_FAST":
        # A class body, a lambda, a function that was passed: its own code has gates.
        made = callee is not None and callee.opname in ("MAKE_FUNCTION", "LOAD_BUILD_CLASS")
        return None if made else (CHANGE, 0)
    if name == "join" and not step.arg:
        # Of a thread; that of a text has an argument.
        return None
    method = callee.opname in ("LOAD_METHOD", "LOAD_ATTR")
    if method and name in known.CONTAINERS:
        return (TOUCH if name in known.READS else CHANGE), 0
    if name in known.HARMLESS or (method and name in known.OTHERS):
        return None
    if name in _functions and not (method and name in known.FOREIGN):
        return None
    if not method and isinstance(getattr(builtins, name, None), type(Exception)):
        if issubclass(getattr(builtins, name), BaseException):
            return None
    return (TOUCH if name in known.READS else CHANGE), 0
