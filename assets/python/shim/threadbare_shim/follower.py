"""The stack of what is known of values, while the bytecodes around a call are followed.

What is followed is what compilers make of assignments, displays, comprehensions and `with`
statements, from 3.8 on. At any other bytecode, what becomes of the value is not known.
"""
import sys
from opcode import stack_effect

from .symbols import Constant, Length, Made, Path, Rounds, NotFollowed, Value

# Bytecodes that are followed at most.
_LONGEST = 300
_NOTHING = {
    "CACHE", "EXTENDED_ARG", "NOP", "NOT_TAKEN", "PRECALL", "KW_NAMES", "RESUME", "GET_ITER",
}  # fmt: skip
# How many values a bytecode takes besides as many as its argument says.
_CALLS = {
    "CALL_FUNCTION": 1, "CALL_METHOD": 2, "CALL_FUNCTION_KW": 2, "CALL": 2, "CALL_KW": 3,
}  # fmt: skip
# Those that take some values, and leave one that is another.
_TAKE = {"BINARY_SUBSCR": 2, "BINARY_ADD": 2, "BINARY_OP": 2, "COMPARE_OP": 2, "FORMAT_VALUE": 1}
_ROTATE = {"ROT_TWO": 2, "ROT_THREE": 3, "ROT_FOUR": 4}
_METHODS_ARE_ATTRIBUTES = sys.version_info >= (3, 12)
# A global name that is called comes with an empty place, up to 3.12 below it.
_GLOBALS_COME_WITH_NULL = sys.version_info >= (3, 11)
_NULL_COMES_FIRST = sys.version_info < (3, 13)
_NULL = object()


def _is_jump(step):  # type: (Instruction) -> bool
    return "JUMP" in step.opname or step.opname == "FOR_ITER"


class Follower:
    """Follows the value of the call at a position."""

    def __init__(self, steps, positions, at):  # type: (List[Instruction], dict, int) -> None
        self.steps, self.positions, self.call = steps, positions, at
        self.stack = []
        self.callee = None
        self.reached = False
        # The names of the parts that it is unpacked to.
        self.names = []

    def made(self):  # type: () -> Made
        at = self._begin()
        for _ in range(_LONGEST):
            step = self.steps[at]
            if not self.reached and step.is_jump_target:
                # Values may come from elsewhere.
                self.stack.clear()
            following = self._step(step, at)
            if isinstance(following, Made):
                return following
            at = at + 1 if following is None else following
        raise NotFollowed

    def _begin(self):  # type: () -> int
        at = self.call
        while at and not _is_jump(self.steps[at - 1]):
            before = self.steps[at - 1].opname
            if before.startswith("STORE_"):
                # One that stores and then loads is followed, too.
                return at - ("_LOAD_" in before)
            at -= 1
        return at

    def _step(self, step, at):  # type: (Instruction, int) -> Union[Made, int, None]
        """Follows a bytecode: returns what was found, or the position of the next one if that is
        not the one after it."""
        what = step.opname
        if what in _NOTHING:
            return None
        if what in _CALLS or what == "CALL_FUNCTION_EX":
            return self._calls(step, at)
        if what.startswith("STORE_"):
            return self._stores(step)
        if what.startswith("LOAD_"):
            return self._loads(step)
        if what.startswith("BUILD_"):
            return self._builds(step)
        if what in ("LIST_APPEND", "SET_ADD", "MAP_ADD"):
            return self._adds(step, at)
        return self._jumps(step) if _is_jump(step) else self._moves(step)

    def _pop(self, count=1):  # type: (int) -> List[Any]
        """The values on top, the topmost one last; `None` for what is not known."""
        return [self.stack.pop() if self.stack else None for _ in range(count)][::-1]

    def _take(self, count):  # type: (int) -> Optional[Made]
        """Pops values of which nothing is left. Returns what was found if ours is among them."""
        for value in self._pop(count):
            if isinstance(value, Value):
                if value.part is not None:
                    raise NotFollowed
                return Made(self.callee, [], ())
        return None

    def _not_followed(self):  # type: () -> None
        """What this bytecode does is not known."""
        if self.reached:
            raise NotFollowed
        self.stack.clear()

    def _calls(self, step, at):  # type: (Instruction, int) -> Optional[Made]
        if step.opname in _CALLS:
            count = _CALLS[step.opname] + step.arg
        else:
            count = 1 - stack_effect(step.opcode, step.arg)
        if at == self.call:
            callee = [value for value in self._pop(count) if value is not _NULL][:1]
            self.callee = callee[0] if callee else None
            self.reached = True
            self.stack.append(Value())
            return None
        values = [value for value in self.stack[-count:] if value is not _NULL]
        found = self._take(count)
        if found and len(values) == 2 and isinstance(values[0], Path):
            of, _, method = values[0].text.rpartition(".")
            if method == "append" and of:
                length = Length(Path(of, values[0].local, values[0].is_global))
                found = Made(self.callee, [of], (length, *values[1].keys))
        self.stack.append(None)
        return found

    def _stores(self, step):  # type: (Instruction) -> Optional[Made]
        what, name = step.opname, step.argval
        if what == "STORE_ATTR":
            value, of = self._pop(2)
            name = of.text + "." + name if isinstance(of, Path) else None
            return self._stored(value, name, ())
        if what == "STORE_SUBSCR":
            value, of, key = self._pop(3)
            key = key if isinstance(key, (Constant, Path)) else None
            return self._stored(value, of.text if isinstance(of, Path) else None, (key,))
        if what not in ("STORE_NAME", "STORE_GLOBAL", "STORE_DEREF") and "_FAST" not in what:
            return self._not_followed()
        # Some store two values, some store one and load another.
        first, second = name if isinstance(name, tuple) else (name, None)
        found = self._stored(self._pop()[0], first, ())
        if "_LOAD_" in what:
            self.stack.append(Path(second, True, False))
        elif second and not found:
            found = self._stored(self._pop()[0], second, ())
        return found

    def _stored(self, value, name, keys):  # type: (Any, Optional[str], tuple) -> Optional[Made]
        if not isinstance(value, Value):
            return None
        if name is None:
            raise NotFollowed
        if value.part is None:
            return Made(self.callee, [name], keys + value.keys)
        if keys:
            raise NotFollowed
        self.names[value.part] = name
        return None if None in self.names else Made(self.callee, self.names, value.keys)

    def _loads(self, step):  # type: (Instruction) -> Optional[Made]
        what, name, arg = step.opname, step.argval, step.arg or 0
        if what in ("LOAD_ATTR", "LOAD_METHOD"):
            of = self.stack[-1] if self.stack else None
            found = self._take(1)
            path = None
            if isinstance(of, Path):
                path = Path(of.text + "." + name, of.local, of.is_global)
            self.stack.append(path)
            if what == "LOAD_METHOD" or _METHODS_ARE_ATTRIBUTES and arg & 1:
                self.stack.append(_NULL)
            return found
        if what in ("LOAD_CONST", "LOAD_SMALL_INT"):
            self.stack.append(Constant(name))
        elif what in ("LOAD_NAME", "LOAD_GLOBAL", "LOAD_DEREF", "LOAD_CLASSDEREF"):
            local, is_global = what != "LOAD_GLOBAL", what in ("LOAD_NAME", "LOAD_GLOBAL")
            self.stack.append(Path(name, local, is_global))
            if what == "LOAD_GLOBAL" and _GLOBALS_COME_WITH_NULL and arg & 1:
                self.stack.insert(len(self.stack) - _NULL_COMES_FIRST, _NULL)
        elif what in ("LOAD_FAST_AND_CLEAR", "LOAD_CLOSURE"):
            self.stack.append(None)
        elif what.startswith("LOAD_FAST"):
            names = name if isinstance(name, tuple) else (name,)
            self.stack += [Path(name, True, False) for name in names]
        else:
            self._not_followed()
        return None

    def _builds(self, step):  # type: (Instruction) -> None
        what, count = step.opname, step.arg
        if what in ("BUILD_TUPLE", "BUILD_LIST", "BUILD_SET"):
            values = self._pop(count)
            keys = [Constant(at) if what != "BUILD_SET" else None for at in range(count)]
        elif what == "BUILD_CONST_KEY_MAP":
            *values, names = self._pop(count + 1)
            keys = [Constant(name) for name in names.value]
        elif what == "BUILD_MAP":
            values = self._pop(2 * count)
            keys, values = values[::2], values[1::2]
        else:
            return self._not_followed()
        ours = [pair for pair in zip(keys, values) if isinstance(pair[1], Value)]
        self.stack.append(Value((ours[0][0], *ours[0][1].keys)) if ours else None)
        return None

    def _adds(self, step, at):  # type: (Instruction, int) -> None
        key, value = self._pop(2) if step.opname == "MAP_ADD" else (None, *self._pop())
        if isinstance(value, Value):
            while len(self.stack) < step.arg:
                self.stack.insert(0, None)
            if step.opname == "LIST_APPEND":
                key = self._rounds(at)
            self.stack[-step.arg] = Value((key, *value.keys))
        return None

    def _rounds(self, at):  # type: (int) -> Optional[Rounds]
        """The key of what is appended at a position, if it is in a loop that always comes there."""
        after = self.steps[at + 1]
        loop = self.positions.get(after.argval) if _is_jump(after) else None
        if loop is None or any(_is_jump(one) for one in self.steps[loop + 1 : at]):
            return None
        for begin in range(loop - 1, max(loop - 8, 0), -1):
            if self.steps[begin].argval == ".0":
                return Rounds(False, None, None)
            if self.steps[begin].opname == "GET_ITER":
                break
        else:
            return None
        calls = self.steps[begin - 1].opname == "CALL"
        end = start = begin - calls
        while start and self.steps[start - 1].opname.startswith(("LOAD_", "PUSH_NULL")):
            start -= 1
        symbols = [None, None, *Follower(self.steps[start:end], {}, 0).symbols()]
        if not calls:
            return Rounds(True, symbols[-1], None)
        called = symbols[-2] if self.steps[end].arg == 1 else None
        return called and Rounds(True, symbols[-1], called)

    def symbols(self):  # type: () -> List[Any]
        """What bytecodes that only load leave on the stack."""
        for step in self.steps:
            if step.opname != "PUSH_NULL":
                self._loads(step)
        return [value for value in self.stack if value is not _NULL]

    def _jumps(self, step):  # type: (Instruction) -> Optional[int]
        to = self.positions.get(step.argval)
        if to is None or not step.opname.startswith("JUMP") or "_IF_" in step.opname:
            return self._not_followed()
        if self.steps[to].offset > step.offset:
            return to
        # Round a comprehension, and past its end.
        if self.steps[to].opname != "FOR_ITER":
            return self._not_followed()
        to = self.positions[self.steps[to].argval]
        if self.steps[to].opname == "END_FOR":
            to += 1
        if self.steps[to].opname not in ("POP_TOP", "POP_ITER"):
            self._pop()
        return to

    def _moves(self, step):  # type: (Instruction) -> Optional[Made]
        what, stack = step.opname, self.stack
        if what == "PUSH_NULL":
            stack.append(_NULL)
        elif what in ("POP_TOP", "POP_ITER") or what.endswith(("_EXTEND", "_UPDATE")):
            return self._take(1)
        elif what in _TAKE:
            found = self._take(_TAKE[what])
            stack.append(None)
            return found
        elif what == "RETURN_VALUE" and isinstance(stack[-1], Value):
            return Made(self.callee, None, stack[-1].keys)
        elif what in ("DUP_TOP", "COPY"):
            depth = step.arg if what == "COPY" else 1
            stack.append(stack[-depth] if len(stack) >= depth else None)
        elif what in _ROTATE:
            *values, last = self._pop(_ROTATE[what])
            stack += [last, *values]
        elif what == "SWAP":
            first, *values, last = self._pop(step.arg)
            stack += [last, *values, first]
        elif what == "UNPACK_SEQUENCE":
            stack += self._unpacked(step.arg)
        elif what in ("BEFORE_WITH", "SETUP_WITH"):
            stack += [None, *self._pop()]
        else:
            self._not_followed()
        return None

    def _unpacked(self, count):  # type: (int) -> List[Optional[Value]]
        value = self._pop()[0]
        items = [None] * count
        if isinstance(value, Value):
            # Of a list that is written out it is known which part; of one that a loop makes, later.
            if value.keys and isinstance(value.keys[0], Constant):
                items[value.keys[0].value] = Value(value.keys[1:])
            else:
                items = [Value(value.keys, part) for part in range(count)]
                self.names = [None] * count
        return items[::-1]
