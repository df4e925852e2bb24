"""What the script calls the things that it makes: the variables that the values of its calls go to.

The bytecodes after a call say it, whatever else stands on the line: `a, b = Lock(), Lock()` stores
two values, and `[Lock(), Lock()]` builds a list of which each is an item. `follower` follows them;
here is what only the moment of the call knows: the values of names, how often a loop has come
round, and whether a function returns what it made to the script. Nothing of the script's runs for
it: names and attributes are looked up in dictionaries.
"""
import builtins
from _thread import get_ident

from . import code, instructions
from .code import FunctionType, MethodType
from .follower import Follower
from .symbols import Constant, Length, Path, Rounds, NotFollowed

# These call other things without a frame of their own: what they return is not what was made.
_CALL_OTHERS = {
    "builtins", "itertools", "functools", "_functools", "collections", "operator", "_operator",
}  # fmt: skip
_FUNCTIONS = (FunctionType, MethodType)
_COMPREHENSIONS = ("<listcomp>", "<setcomp>", "<dictcomp>")
_SIZED = (list, tuple, range, str, dict, set)
# Iterators that say at which position they are.
_COUNTING = tuple(type(iter(of)) for of in ([], (), range(0), ""))
# Functions that return what was made, at most; loops whose rounds are counted at most.
_DEPTH, _LOOPS = 8, 10000
# Behind the name of a container of which it is not known where in it the thing is.
_SOMEWHERE = "#"

# How often a loop has come round, by thread, code object, offset, and kind of what it makes.
_rounds = {}
# The bytecodes of code objects, and their positions by offset.
_steps = {}
# What is found of a call holds for each time that it is made. By the identity of the code object,
# which is kept alive, and by offset.
_calls = {}
_MOST = 1000


def of(frame, kind):  # type: (FrameType, Union[int, str]) -> Optional[List[str]]
    """What the thing of this kind is called that is made by the call which this frame is at: no
    name if it surely has none, two for the ends of a pipe; `None` if that is not known."""
    try:
        made = _call(frame)
        return _names(frame, made, kind) if _makes(_value(frame, made.callee)) else None
    except Exception:
        return None


def know(about, steps):  # type: (CodeType, Union[List[Instruction], List[dis.Instruction]]) -> None
    """These are all bytecodes of a code object."""
    if len(_steps) >= _MOST:
        _steps.clear()
    _steps[about] = steps, {step.offset: at for at, step in enumerate(steps)}


def _call(frame):  # type: (FrameType) -> Made
    """What becomes of the value of the call that a frame is at; raises if that is not known."""
    about = frame.f_code
    key = id(about), frame.f_lasti
    found = _calls.get(key)
    if found is None:
        if about not in _steps:
            know(about, instructions.of(about))
        if len(_calls) >= _MOST:
            _calls.clear()
        found = _calls[key] = about, _follow(*_steps[about], frame.f_lasti)
    if found[1] is None:
        raise NotFollowed
    return found[1]


def _follow(steps, positions, offset):  # type: (List[Any], Dict[int, int], int) -> Optional[Made]
    # In some versions a frame is at the cache of the call, which lies behind it.
    while offset not in positions:
        offset -= 2
    at = positions[offset]
    try:
        return Follower(steps, positions, at).made() if "CALL" in steps[at].opname else None
    except Exception:
        return None


def _names(frame, made, kind):  # type: (FrameType, Made, Union[int, str]) -> List[str]
    keys = []
    for _ in range(_DEPTH):
        keys[:0] = [_key(frame, key, kind) for key in made.keys]
        if made.names is not None:
            names = made.names
            if keys and len(names) > 1:
                # It is among the values that are unpacked.
                names = [names[keys.pop(0)]]
            return [_as_written(frame, name) + _subscripts(keys) for name in names]
        # The function returns it.
        about, frame = frame.f_code, frame.f_back
        if not code.is_users(frame):
            return []
        made = _call(frame)
        # Not if what the script has called there is something that calls this function.
        callee = _value(frame, made.callee)
        called = callee.__code__ if type(callee) in _FUNCTIONS else None
        if called is not about and about.co_name not in _COMPREHENSIONS:
            return []
    return []


def _as_written(frame, name):  # type: (FrameType, str) -> str
    """Without the name of the class that the compiler puts before a name of two underscores."""
    owner, dot, attribute = name.rpartition(".")
    about, _, rest = attribute[1:].partition("__")
    if attribute[:1] != "_" or not about or not rest:
        return name
    this = frame.f_locals.get((frame.f_code.co_varnames or ("",))[0])
    kinds = type.__getattribute__(this if _is_type(this) else type(this), "__mro__")
    classes = {kind.__name__.lstrip("_") for kind in kinds} | {frame.f_code.co_name.lstrip("_")}
    return owner + dot + "__" + rest if about in classes else name


def _subscripts(keys):  # type: (List[Union[int, str, None]]) -> str
    if None in keys:
        return _SOMEWHERE
    return "".join("[%r]" % (key,) for key in keys)


def _makes(callee):  # type: (Any) -> bool
    """Whether a call of this returns what it makes."""
    if _is_type(callee):
        return type.__getattribute__(callee, "__module__") not in _CALL_OTHERS
    return type(callee) in _FUNCTIONS or type(callee) is code.Builtin


def _is_type(thing):  # type: (Any) -> bool
    # By `isinstance` a thing would be asked itself.
    return issubclass(type(thing), type)


def _key(frame, key, kind):  # type: (FrameType, Any, Union[int, str]) -> Union[int, str, None]
    """A key of a container, as of now; `None` if it is not known."""
    if isinstance(key, Constant):
        key = key.value
    elif isinstance(key, Path):
        key = _value(frame, key)
    elif isinstance(key, Length):
        container = _value(frame, key.of)
        if type(container) is not list:
            raise NotFollowed
        key = len(container)
    elif isinstance(key, Rounds):
        key = _round(frame, key, kind)
    return key if type(key) in (int, str) else None


def _round(frame, loop, kind):  # type: (FrameType, Rounds, Union[int, str]) -> Optional[int]
    """How often the loop has come round before."""
    iterator = None if loop.inlined else frame.f_locals.get(".0")
    if iterator is not None:
        # It has given out one more. Only these say how many.
        about = iterator.__reduce__() if type(iterator) in _COUNTING else ()
        return about[2] - 1 if len(about) == 3 and about[2] is not None else None
    size = _size(frame, loop)
    if not size or len(_rounds) >= _LOOPS:
        return None
    # One call may make things of several kinds.
    key = get_ident(), id(frame.f_code), frame.f_lasti, kind
    # A run of the loop that was not interrupted has come round as often as there are values.
    last, times = _rounds.get(key, (size, 0))
    times = times if last == size else 0
    _rounds[key] = size, (times + 1) % size
    return times


def _size(frame, loop):  # type: (FrameType, Rounds) -> Optional[int]
    value = _value(frame, loop.over)
    if loop.called is None:
        return len(value) if type(value) in _SIZED else None
    return value if type(value) is int and _value(frame, loop.called) is range else None


def _value(frame, symbol):  # type: (FrameType, Any) -> Any
    """The value of a constant, or of a name and its attributes; `None` if it is not known."""
    if isinstance(symbol, Constant):
        return symbol.value
    if not isinstance(symbol, Path):
        return None
    first, *attributes = symbol.text.split(".")
    value = None
    for scope in _scopes(frame, symbol):
        if first in scope:
            value = scope[first]
            break
    for name in attributes:
        value = _attribute(value, name)
    return value


def _scopes(frame, path):  # type: (FrameType, Path) -> Iterator[Mapping[str, Any]]
    if path.local:
        variables = frame.f_locals
        # The namespace of a class may be of any type.
        if type(variables).__module__ == "builtins":
            yield variables
    if path.is_global and type(frame.f_globals) is dict:
        yield frame.f_globals
        yield builtins.__dict__


def _attribute(thing, name):  # type: (Any, str) -> Any
    """What is found without running any code of the thing's."""
    kinds = type.__getattribute__(type(thing), "__mro__")
    holders = [kinds]
    if _is_type(thing):
        holders.insert(0, type.__getattribute__(thing, "__mro__"))
    else:
        try:
            own = object.__getattribute__(thing, "__dict__")
        except AttributeError:
            own = {}
        if type(own) is dict and name in own:
            return own[name]
    for kinds in holders:
        for kind in kinds:
            members = type.__getattribute__(kind, "__dict__")
            if name in members:
                found = members[name]
                return found.__func__ if type(found) in (staticmethod, classmethod) else found
    return None
