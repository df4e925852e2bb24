"""The values of the script's variables after each step, for a schedule that is stepped: of global
ones, and of the local ones of the innermost function that each thread is in. Before 3.13, to look
at these makes a copy of them that the interpreter may write back later; of what a thread was given
to work with, the lists and other containers are looked at then, and what its closure has.

Only of types whose text is made without any code of the script's: what is shown must not change
what happens. An object of the script's own is shown by its attributes.
"""
import sys
from _collections import deque

from .. import code, instructions
from ..lists import given
from . import known, trace

_ITEMS = 8
# Steps of a schedule whose values are of interest: each look costs some microseconds.
_STEPS = 20000
# Bytes of the trace's text that values may use: without the places and names that come later, steps
# would have no lines.
_ROOM = trace.TEXT // 2
_TEXT = 60
_PLAIN = (int, float, bool, str, bytes, type(None))
_BRACKETS = {
    list: ("[", "]"), tuple: ("(", ")"), set: ("{", "}"), dict: ("{", "}"),
    deque: ("deque([", "])"),
}  # fmt: skip
_STORES = ("STORE_", "DELETE")
_HAS_LOCALS = sys.version_info >= (3, 13)
# By thread, 0 for global variables, and name: the text as it was last written. `None` while
# nothing is wanted.
_last = None
# Steps at the last look because a function returned: none before a second thread is started.
_seen = 0
# By code object: the names that it may give other values.
_rebound = {}


def begin():  # type: () -> None
    global _last
    _last = {}


def are_wanted():  # type: () -> bool
    return _last is not None


def record(threads):  # type: (Dict[int, scheduler.Thread]) -> None
    """Writes what is another value than at the last look, as of the steps that were made.
    `threads` are those under control, by their identities."""
    if _last is None:
        return
    try:
        if trace.steps > _STEPS:
            _end()
            return
        _record(0, sys.modules["__main__"].__dict__)
        _record_locals(threads)
    except Exception:
        # A variable that is as odd as that is not shown.
        pass


def record_return(threads):  # type: (Dict[int, scheduler.Thread]) -> None
    """A function of the script's returns: what is local to it can be seen for the last time."""
    global _seen
    # Not once more for a step: a script may call as many functions as it wants.
    if _last is not None and trace.steps != _seen:
        _seen = trace.steps
        record(threads)


def report_use(thread, tool, text, frame):  # type: (int, int, str, FrameType) -> None
    """Writes what a thread does with a tool of this number, as the text before its name. `frame`
    is, or is called by, the script's own."""
    frame = _own(frame)
    if _last is not None and frame is not None:
        file = trace.path(frame.f_code.co_filename)
        trace.define("tool_use", trace.steps, thread, tool, frame.f_lineno, file, text, room=_ROOM)


def text_of(value):  # type: (Any) -> str
    """The beginning of what `repr` would give, without any code of the script's."""
    return _text(value, 2)


def _record_locals(threads):  # type: (Dict[int, scheduler.Thread]) -> None
    # Not only at those of the thread that runs: it may change what another one's belong to.
    frames = sys._current_frames() if _HAS_LOCALS else {}
    for ident, thread in threads.items():
        variables = {}
        if not thread.ended:
            variables = _locals(frames.get(ident)) if _HAS_LOCALS else _given(thread)
        seen = _record(thread.number, variables)
        for of, name in list(_last or ()):
            if of == thread.number and name not in seen:
                # Its function has returned.
                _note(of, name, "gone", "")


def _own(frame):  # type: (Optional[FrameType]) -> Optional[FrameType]
    while frame is not None and not code.is_users(frame):
        frame = frame.f_back
    return frame


def _locals(frame):  # type: (Optional[FrameType]) -> Mapping[str, Any]
    frame = _own(frame)
    return frame.f_locals if frame is not None and frame.f_code.co_flags & known.OPTIMIZED else {}


def _given(thread):  # type: (scheduler.Thread) -> Dict[str, Any]
    """What a thread was given by these names, and has by them still."""
    thing = thread.made() if thread.made is not None else None
    if thing is None:
        return {}
    attributes = object.__getattribute__(thing, "__dict__")
    function, args = attributes.get("_target"), attributes.get("_args") or ()
    if function is None:
        # Those of a subclass of the script's.
        names = [name for name in attributes if name[0] != "_"]
        own = type(thing).__module__ != "threading"
        return {"self." + name: attributes[name] for name in names if own}
    return {
        name: value
        for name, value, stays in given(function, args, attributes.get("_kwargs") or {})
        if stays or _is_container(type(value)) and not _rebinds(function, name)
    }


def _rebinds(function, name):  # type: (Callable, str) -> bool
    about = getattr(function, "__func__", function).__code__
    if about not in _rebound:
        # Not by `dis`, a part of which would pass for the script's own code.
        stores = (one for one in instructions.of(about) if one.opname[:6] in _STORES)
        _rebound[about] = {one.argval for one in stores} | set(about.co_cellvars)
    return name in _rebound[about]


def _is_container(kind):  # type: (type) -> bool
    return kind in _BRACKETS or issubclass(kind, list)


def _record(thread, variables):  # type: (int, Mapping[str, Any]) -> set
    """Returns the names that were looked at."""
    seen = set()
    for name in list(variables):
        if name[:2] == "__":
            continue
        value = variables[name]
        kind = type(value)
        if kind in _PLAIN or _is_container(kind):
            texts = [(name, value)]
        elif kind.__module__ == "__main__" and not issubclass(kind, type):
            texts = _attributes(name, value)
        else:
            continue
        for of, value in texts:
            seen.add(of)
            kind = "container" if _is_container(type(value)) else "plain"
            _note(thread, of, kind, _text(value, 2))
    return seen


def _attributes(name, value):  # type: (str, Any) -> List[Tuple[str, Any]]
    try:
        attributes = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return []
    if type(attributes) is not dict:
        return []
    return [
        ("%s.%s" % (name, key), of)
        for key, of in list(attributes.items())
        if type(key) is str and (type(of) in _PLAIN or _is_container(type(of)))
    ]


def _note(thread, name, kind, text):  # type: (int, str, str, str) -> None
    if _last is not None and _last.get((thread, name), "") != text:
        _last[thread, name] = text
        if not trace.define("value", trace.steps, thread, name, kind, text, room=_ROOM):
            _end()


def _end():  # type: () -> None
    """There is no more room: no variable is left with a value that it may not have any more."""
    global _last
    names, _last = _last, None
    for thread, name in names:
        trace.define("value", trace.steps, thread, name, "unknown", "")


def _text(value, depth):  # type: (Any, int) -> str
    kind = type(value)
    if kind is int and value.bit_length() > 200:
        return "a number of %d bits" % value.bit_length()
    if kind in (str, bytes):
        return repr(value[:_TEXT])
    if kind in _PLAIN:
        return repr(value)
    if not _is_container(kind):
        return "<%s>" % kind.__name__
    base = kind if kind in _BRACKETS else list
    brackets = _BRACKETS[base]
    if not depth:
        return brackets[0] + "..." + brackets[1]
    parts = []
    # Only one thread runs, so that nothing changes meanwhile.
    for item in base.__iter__(value):
        if len(parts) == _ITEMS:
            parts.append("...")
            break
        text = _text(item, depth - 1)
        parts.append(text + ": " + _text(value[item], depth - 1) if kind is dict else text)
    text = brackets[0] + ", ".join(parts) + brackets[1]
    return text if len(text) <= _TEXT else text[: _TEXT - 3] + "..."
