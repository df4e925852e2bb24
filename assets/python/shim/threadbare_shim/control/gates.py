"""Before which bytecodes of the script another thread may run: those that may touch shared data.

What cannot be shared needs no gate: local names, constants, names and attributes that are
given a value once. Between two gates a thread is alone, and no other could tell that it was
not. So fewer gates mean fewer schedules, and none of them is lost.

One file is judged as a whole, from its module's code on. It is taken for granted that a global
name which no function changes is set before the first thread starts.
"""
import builtins
import dis
import sys

from . import trace
from .trace import CHANGE, READ, TOUCH, WRITE

_BEFORE_3_10 = sys.version_info < (3, 10)
# Built-in functions that touch no data which a thread could change meanwhile.
_HARMLESS = set(
    "range int float complex bool isinstance issubclass type id super object callable abs round "
    "divmod pow ord chr property staticmethod classmethod open input memoryview slice "
    "Thread Timer Lock RLock Condition Event Semaphore BoundedSemaphore Barrier local Queue "
    "LifoQueue PriorityQueue SimpleQueue ThreadPoolExecutor deque defaultdict Counter sleep "
    "current_thread get_ident active_count time monotonic perf_counter randint random uniform "
    "choice sqrt dataclass field namedtuple".split()
)
# Methods of locks and threads, at which the scheduler is asked anyway, and of texts.
_OTHERS = set(
    "acquire release locked start wait wait_for notify notify_all is_set is_alive submit result "
    "put put_nowait get_nowait task_done format strip lstrip rstrip split rsplit splitlines "
    "encode decode lower upper title startswith endswith zfill ljust rjust center isdigit".split()
)
_READS = set(
    "get keys values items index count copy len sum min max any all sorted list tuple "
    "set dict frozenset str repr print enumerate zip map filter join __len__".split()
)
# Methods of containers, whatever else in the script has the same name.
_CONTAINERS = {
    name for kind in (list, dict, set, bytearray) for name in dir(kind) if name[0] != "_"
} | {"appendleft", "popleft", "extendleft", "rotate"}
_DYNAMIC = {"globals", "locals", "vars", "setattr", "delattr", "exec", "eval", "__dict__"}
_LOADS = {"LOAD_GLOBAL", "LOAD_NAME", "LOAD_DEREF", "LOAD_CLASSDEREF", "LOAD_FROM_DICT_OR_DEREF"}
_CHANGES = {
    "STORE_SUBSCR", "DELETE_SUBSCR", "STORE_SLICE", "LIST_EXTEND", "SET_UPDATE", "DICT_UPDATE",
    "DICT_MERGE",
}  # fmt: skip
_TOUCHES = {
    "BINARY_SUBSCR", "BINARY_SLICE", "CONTAINS_OP", "COMPARE_OP", "BINARY_OP", "UNPACK_SEQUENCE",
    "UNPACK_EX", "GET_ITER", "BUILD_LIST_UNPACK", "BUILD_TUPLE_UNPACK",
}  # fmt: skip

# What functions change: names by file, attributes and methods over all files.
_attributes = set()
_functions = set()
_by_code = {}
_all_names = set()


def names(some):
    """Whether the script mentions one of these names."""
    return not _all_names.isdisjoint(some)


class Gates:
    """Of one code object: what is done at each gate, and where the interpreter may switch."""

    __slots__ = ("at", "switches")

    def __init__(self):
        # By offset: kind, object, place, whether the interpreter may switch right after it.
        self.at = {}
        self.switches = set()


def nested(code):
    """A code object and all in it."""
    yield code
    for const in code.co_consts:
        if isinstance(const, type(code)):
            yield from nested(const)


def judge(module):
    """Finds the gates of a module and of all functions in it."""
    shared, loaded = set(), set()
    stored = {}
    dynamic = False
    for code in nested(module):
        dynamic = dynamic or not _DYNAMIC.isdisjoint(code.co_names)
        _all_names.update(code.co_names)
        before = None
        for step in dis.get_instructions(code):
            name, what = step.argval, step.opname
            if what in ("STORE_GLOBAL", "DELETE_GLOBAL"):
                shared.add(name)
            elif what in ("STORE_NAME", "DELETE_NAME") and code is module:
                stored[name] = stored.get(name, 0) + 1
            elif what in ("STORE_DEREF", "DELETE_DEREF"):
                if name in code.co_freevars:
                    shared.add(name)
                stored[name] = stored.get(name, 0) + 1
            elif what in ("STORE_ATTR", "DELETE_ATTR") and code.co_name != "__init__":
                _attributes.add(name)
            elif what == "LOAD_GLOBAL" or what in _LOADS and code is not module:
                loaded.add(name)
            if what.startswith("STORE_") and before in ("MAKE_FUNCTION", "SET_FUNCTION_ATTRIBUTE"):
                _functions.add(name)
            before = what
        _functions.add(code.co_name)
    shared |= {name for name, times in stored.items() if times > 1 and name in loaded}
    for code in nested(module):
        if code not in _by_code:
            _by_code[code] = _gates(code, shared, dynamic)


def of(code):
    """The gates of a code object of the script."""
    gates = _by_code.get(code)
    if gates is None:
        judge(code)
        gates = _by_code[code]
    return gates


def _gates(code, shared, dynamic):
    gates = Gates()
    steps = [step for step in dis.get_instructions(code)]
    line = code.co_firstlineno
    lines = dict(dis.findlinestarts(code))
    for at, step in enumerate(steps):
        line = lines.get(step.offset) or line
        what, name = step.opname, step.argval
        if what in ("RESUME", "JUMP_BACKWARD") or (
            what.startswith("JUMP") and isinstance(name, int) and name <= step.offset
        ):
            gates.switches.add(step.offset)
        found = _kind(steps, at, shared, dynamic)
        if found is not None:
            kind, obj = found
            place = trace.place(code.co_filename, line)
            gates.at[step.offset] = (kind, obj, place, _BEFORE_3_10 or what.startswith("CALL"))
        elif _BEFORE_3_10 or what.startswith("CALL"):
            gates.switches.add(step.offset)
    return gates


def _kind(steps, at, shared, dynamic):
    """What an instruction may do to shared data: a kind and an object; `None` for nothing."""
    step = steps[at]
    what, name = step.opname, step.argval
    before = steps[at - 1] if at else step
    if what in _LOADS:
        known = name in shared or (dynamic and not hasattr(builtins, str(name)))
        return (READ, trace.name(name)) if known and name not in _functions else None
    if what in ("STORE_GLOBAL", "DELETE_GLOBAL", "STORE_NAME", "STORE_DEREF"):
        return (WRITE, trace.name(name)) if name in shared else None
    if what in ("LOAD_ATTR", "LOAD_METHOD"):
        known = name in _attributes or dynamic and what == "LOAD_ATTR"
        return (READ, trace.name(name)) if known else None
    if what in ("STORE_ATTR", "DELETE_ATTR"):
        return (WRITE, trace.name(name)) if name in _attributes else None
    if what in _CHANGES:
        # What was just made here is in no other's hands.
        fresh = what in ("LIST_EXTEND", "SET_UPDATE") and before.opname == "LOAD_CONST"
        return None if fresh else (CHANGE, 0)
    if what in _TOUCHES or what.startswith(("BINARY_ADD", "INPLACE_")):
        return _touch(steps, at)
    if what == "FOR_ITER":
        return None if _is_range(steps, at - 1) else (TOUCH, 0)
    if what.startswith("POP_JUMP") and what.endswith(("FALSE", "TRUE")) or what == "TO_BOOL":
        loads = before.opname.startswith("LOAD_") and before.opname != "LOAD_CONST"
        return (TOUCH, 0) if loads else None
    if what.startswith("CALL") and what not in ("CALL_INTRINSIC_1", "CALL_INTRINSIC_2"):
        return _call(steps, at)
    return None


def _touch(steps, at):
    step, before = steps[at], steps[at - 1]
    if step.opname == "GET_ITER":
        return None if _is_range(steps, at) else (TOUCH, 0)
    constant = before.opname == "LOAD_CONST" and not isinstance(before.argval, (tuple, frozenset))
    if constant and not step.opname.startswith("BINARY_S") and step.opname != "CONTAINS_OP":
        # With a number or a text: no container is looked into.
        return None
    newer = step.opname == "BINARY_OP" and step.argrepr.endswith("=")
    return (CHANGE if newer or step.opname.startswith("INPLACE_") else TOUCH), 0


def _is_range(steps, at):
    """Whether the iterator that ends at `at` is over a range, which nobody else has."""
    if steps[at].opname == "GET_ITER":
        at -= 1
    if not steps[at].opname.startswith("CALL"):
        return False
    callee = _callee(steps, at)
    return callee is not None and callee.argval == "range"


def _call(steps, at):
    step = steps[at]
    if step.opname.startswith("CALL_FUNCTION_EX"):
        return CHANGE, 0
    if _leaves_with(steps, at):
        return None
    callee = _callee(steps, at)
    name = callee.argval if callee is not None else None
    if not isinstance(name, str) or callee.opname == "LOAD_FAST":
        # A class body, a lambda, a function that was passed: its own code has gates.
        made = callee is not None and callee.opname in ("MAKE_FUNCTION", "LOAD_BUILD_CLASS")
        return None if made else (CHANGE, 0)
    method = callee.opname in ("LOAD_METHOD", "LOAD_ATTR")
    if method and name in _CONTAINERS:
        return (TOUCH if name in _READS else CHANGE), 0
    if name in _HARMLESS or name in _functions or (method and name in _OTHERS):
        return None
    if not method and isinstance(getattr(builtins, name, None), type(Exception)):
        if issubclass(getattr(builtins, name), BaseException):
            return None
    return (TOUCH if name in _READS else CHANGE), 0


def _leaves_with(steps, at):
    """Whether it is the call at the end of a `with` block, whose three arguments are None."""
    before = [step for step in steps[max(at - 4, 0) : at] if step.opname != "PRECALL"][-3:]
    names = [step.opname for step in before]
    return (
        names in (["LOAD_CONST"] * 3, ["LOAD_CONST", "DUP_TOP", "DUP_TOP"])
        and before[0].argval is None
    )


def _callee(steps, at):
    """The instruction that pushed what a call calls; `None` if that is not seen at a glance."""
    step = steps[at]
    count = (step.arg or 0) + 1
    if step.opname in ("CALL_FUNCTION_KW", "CALL_KW"):
        count += 1
    depth = count
    for back in range(at - 1, -1, -1):
        before = steps[back]
        if "JUMP" in before.opname or before.opname == "FOR_ITER":
            return None
        depth -= dis.stack_effect(before.opcode, before.arg)
        if depth <= 0:
            if before.opname == "PUSH_NULL":
                return steps[back - 1] if back else None
            return before
    return None
