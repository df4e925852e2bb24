"""Lists that threads share: what is added and removed, and what fails. From 3.12 on; before, they
are looked at, see `looks`.

Watched is what happens after a method of a list has returned, and nothing before: a function of
ours in front of `pop` would be one more place where the interpreter may switch threads, and so
would bring races that the script does not have. That is what a profile function does, so older
versions have none. Before there is a second thread, nothing is watched and nothing costs.

A list has no weak references. So it is known by its identity only as long as it cannot be
another: while a global variable holds it, or a thread or task that got it as an argument runs.
"""
import sys
from itertools import count

from . import code
from .code import BuiltinFunctionType, FunctionType, MethodType
from .ring import LIST_DONE, LIST_FAIL, define, emit, not_watched

_OPERATIONS = ("append", "insert", "extend", "pop", "remove", "clear", "sort", "reverse")
_DESCRIPTOR = type(list.append)
_methods = {getattr(list, name): number for number, name in enumerate(_OPERATIONS)}
# A subclass of the script's may have a function of its own for `len`, and any object for its type.
length = list.__len__
_by_name = {name: number for number, name in enumerate(_OPERATIONS)}

# Lists that are known at most.
_MOST = 1000
_numbers = count(1)
# By identity: the number, and the variables that hold it with its name among them.
_globals = {}
# By identity: the number, how many threads and tasks have it, the list itself, its name, its length
# when it was last looked at, and whether it is defined: few that tasks get are ever changed. One
# that none has any more is forgotten: what has its identity later may be another.
shared = {}
_tool = None


def start():  # type: () -> None
    if not hasattr(sys, "monitoring"):
        not_watched(
            "operations of lists (before 3.12, watching them would add switches of threads; the"
            " lengths of lists are looked at when locks are released, threads are notified, and"
            " when they begin and end)"
        )


def begin():  # type: () -> None
    """There is a second thread: watches the code that runs, and what is called from now on."""
    global _tool
    monitoring = getattr(sys, "monitoring", None)
    if _tool is not None:
        return
    if monitoring is None:
        # No tool, but what threads get is known.
        _tool = 0
        return
    free = [tool for tool in (4, 3) if monitoring.get_tool(tool) is None]
    if not free:
        _tool = -1
        not_watched("lists (all tools for monitoring are in use)")
        return
    _tool = free[0]
    monitoring.use_tool_id(_tool, "threadbare")
    events = monitoring.events
    monitoring.register_callback(_tool, events.PY_START, _called)
    monitoring.register_callback(_tool, events.C_RETURN, _returned)
    monitoring.register_callback(_tool, events.C_RAISE, _raised)
    monitoring.set_events(_tool, events.PY_START)
    for frame in sys._current_frames().values():
        while frame is not None:
            _watch(frame.f_code)
            frame = frame.f_back


def after_fork():  # type: () -> None
    """This process has defined nothing yet."""
    for known in (_globals, shared):
        known.clear()


def _called(function, offset):  # type: (CodeType, int) -> Optional[object]
    """Once for each function; again for one that began at the limit of recursion."""
    try:
        _watch(function)
    except RecursionError:
        # The function would not run: it may be the one that releases a lock.
        return None
    return sys.monitoring.DISABLE


def _watch(function):  # type: (CodeType) -> None
    # In others nothing is switched on: calls that are watched are a little slower.
    if _by_name.keys().isdisjoint(function.co_names):
        return
    if not code.is_users_file(function.co_filename):
        return
    events = sys.monitoring.events
    # A return is reported only where calls are; without a callback, calls are not.
    sys.monitoring.set_local_events(_tool, function, events.CALL | events.C_RETURN | events.C_RAISE)


def _returned(function, offset, called, first):  # type: (CodeType, int, Any, Any) -> None
    # Runs after every call in the functions that are watched, so it is written out.
    kind = type(called)
    if kind is _DESCRIPTOR:
        operation = _methods.get(called)
        if operation is None or not isinstance(first, list):
            return
    elif kind is BuiltinFunctionType and isinstance(called.__self__, list):
        operation = _by_name.get(called.__name__)
        if operation is None:
            return
        first = called.__self__
    else:
        return
    known = shared.get(id(first))
    if known is not None:
        emit(LIST_DONE, number_of(known), length(first), operation)
    else:
        number = _in_global(first, function, sys._getframe(1).f_globals)
        if number is not None:
            emit(LIST_DONE, number, length(first), operation)


def _raised(function, offset, called, first):  # type: (CodeType, int, Any, Any) -> None
    if type(called) is BuiltinFunctionType:
        first = called.__self__
        known = called.__name__ in _by_name
    else:
        known = type(called) is _DESCRIPTOR and called in _methods
    if known and isinstance(first, list):
        found = shared.get(id(first))
        if found is not None:
            number = number_of(found)
        else:
            number = _in_global(first, function, sys._getframe(1).f_globals)
        if number is not None:
            emit(LIST_FAIL, number)


def _in_global(things, function, holder):  # type: (list, CodeType, Dict[str, Any]) -> Optional[int]
    """The number of a list that a global variable holds which the function uses."""
    key = id(things)
    known = _globals.get(key)
    if known is not None:
        number, was, name = known
        if was.get(name) is things:
            return number
        _globals.pop(key, None)
    for name in function.co_names:
        if holder.get(name) is things and len(_globals) < _MOST:
            return _held(things, holder, name)
    return None


def _held(things, holder, name, size=""):
    # type: (list, Dict[str, Any], str, Union[int, str]) -> int
    """The number of a list that this global variable holds. Two threads may come here at once:
    the number of one of them is never used."""
    return _globals.setdefault(id(things), (define_list(name, size), holder, name))[0]


def define_list(name, size=""):  # type: (str, Union[int, str]) -> int
    """`size` is its length before it was watched, if that is known."""
    number = next(_numbers)
    define("list", number, name, size)
    return number


def number_of(known):  # type: (List[Any]) -> int
    """The number of one of `shared`, which is defined from now on. Two may do so at once."""
    if not known[5]:
        define("list", known[0], known[3], known[4])
        known[5] = True
    return known[0]


def share(function, args, kwargs):
    # type: (Any, Iterable[Any], Dict[str, Any]) -> Union[List[int], Tuple[()]]
    """Keeps the lists that a thread or task gets; returns what `release` wants for it."""
    if _tool is None or _tool < 0:
        return ()
    found = given(function, args, kwargs)
    return [_keep(name, thing, function) for name, thing, _ in found if is_list(thing)]


def given(function, args, kwargs):
    # type: (Any, Iterable[Any], Dict[str, Any]) -> List[Tuple[str, Any, bool]]
    """What a function of the script's has to work with, without its own and global variables: by
    name, each with whether the name will surely stand for it later, too."""
    receiver = None
    if type(function) is MethodType:
        receiver, function = function.__self__, function.__func__
    if type(function) is not FunctionType or not code.is_users_file(function.__code__.co_filename):
        return []
    names = function.__code__.co_varnames[int(receiver is not None) :]
    found = [(name, thing, False) for name, thing in (*zip(names, args), *kwargs.items())]
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or ()):
        try:
            found.append((name, cell.cell_contents, True))
        except ValueError:
            pass
    try:
        attributes = object.__getattribute__(receiver, "__dict__")
        found += [("self." + name, thing, True) for name, thing in attributes.items()]
    except AttributeError:
        pass
    return found


def is_list(thing):  # type: (Any) -> bool
    # By `isinstance` a thing would be asked itself.
    return issubclass(type(thing), list)


def _keep(name, things, function):  # type: (str, list, Union[FunctionType, MethodType]) -> int
    key = id(things)
    known = shared.get(key)
    if known is None:
        number = _global(things, function.__globals__)
        defined = number is not None
        if not defined:
            number = next(_numbers)
        known = shared.setdefault(key, [number, 0, things, name, length(things), defined])
    known[1] += 1
    return key


def _global(things, holder):  # type: (list, Dict[str, Any]) -> Optional[int]
    """The number of a list that a global variable holds."""
    for name, value in list(holder.items()):
        if value is things:
            found = _globals.get(id(things))
            if found is not None:
                if found[1] is holder and found[2] == name:
                    return found[0]
                _globals.pop(id(things), None)
            return _held(things, holder, name, length(things))
    return None


def release(keys):  # type: (Union[List[int], Tuple[()]]) -> None
    """The thread or task that got them has ended."""
    for key in keys:
        known = shared.get(key)
        if known is not None:
            known[1] -= 1
            if known[1] <= 0:
                shared.pop(key)
