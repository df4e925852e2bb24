"""The values of the script's variables after each step, for a schedule that is stepped: of global
ones, and of the local ones of the innermost function that each thread is in.

Only of types whose text is made without any code of the script's: what is shown must not change
what happens. An object of the script's own is shown by its attributes.
"""
import sys

from .. import code
from . import known, trace

_ITEMS = 8
# Bytes of the trace's text that values may use: without the places and names that come later, steps
# would have no lines.
_ROOM = trace.TEXT // 2
_UNKNOWN = "unknown: no room left"
_TEXT = 60
_PLAIN = (int, float, bool, str, bytes, type(None))
_BRACKETS = {list: "[]", tuple: "()", set: "{}", dict: "{}"}
# Before 3.13, to look at the local variables of a frame makes a copy of them that the interpreter
# may write back later.
_HAS_LOCALS = sys.version_info >= (3, 13)
# By thread, 0 for global variables, and name: the text as it was last written. `None` while
# nothing is wanted.
_last = None


def begin():
    global _last
    _last = {}


def record(threads):
    """Writes what is another value than at the last look, as of the steps that were made.
    `threads` are those under control, by their identities."""
    if _last is None:
        return
    try:
        _record(0, sys.modules["__main__"].__dict__)
        if _HAS_LOCALS:
            _record_locals(threads)
    except Exception:
        # A variable that is as odd as that is not shown.
        pass


def _record_locals(threads):
    # Not only at those of the thread that runs: it may change what another one's belong to.
    frames = sys._current_frames()
    for ident, thread in threads.items():
        frame = None if thread.ended else frames.get(ident)
        while frame is not None and not code.is_users(frame):
            frame = frame.f_back
        variables = {}
        if frame is not None and frame.f_code.co_flags & known.OPTIMIZED:
            variables = frame.f_locals
        seen = _record(thread.number, variables)
        for of, name in list(_last or ()):
            if of == thread.number and name not in seen:
                # Its function has returned.
                _note(of, name, "")


def _record(thread, variables):
    """Returns the names that were looked at."""
    seen = set()
    for name in list(variables):
        if name[:2] == "__":
            continue
        value = variables[name]
        kind = type(value)
        if kind in _PLAIN or kind in _BRACKETS:
            texts = [(name, value)]
        elif kind.__module__ == "__main__" and not issubclass(kind, type):
            texts = _attributes(name, value)
        else:
            continue
        for of, value in texts:
            seen.add(of)
            _note(thread, of, _text(value, 2))
    return seen


def _attributes(name, value):
    try:
        attributes = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return []
    if type(attributes) is not dict:
        return []
    return [
        ("%s.%s" % (name, key), of)
        for key, of in list(attributes.items())
        if type(key) is str and (type(of) in _PLAIN or type(of) in _BRACKETS)
    ]


def _note(thread, name, text):
    if _last is not None and _last.get((thread, name), "") != text:
        _last[thread, name] = text
        if not trace.define("value", trace.steps, thread, name, text, room=_ROOM):
            _end()


def _end():
    """There is no more room: no variable is left with a value that it may not have any more."""
    global _last
    names, _last = _last, None
    for thread, name in names:
        trace.define("value", trace.steps, thread, name, _UNKNOWN)


def _text(value, depth):
    """The beginning of what `repr` would give."""
    kind = type(value)
    if kind is int and value.bit_length() > 200:
        return "a number of %d bits" % value.bit_length()
    if kind in (str, bytes):
        return repr(value[:_TEXT])
    if kind in _PLAIN:
        return repr(value)
    brackets = _BRACKETS.get(kind)
    if brackets is None:
        return "<%s>" % kind.__name__
    if not depth:
        return brackets[0] + "..." + brackets[1]
    parts = []
    # Only one thread runs, so that nothing changes meanwhile.
    for item in value:
        if len(parts) == _ITEMS:
            parts.append("...")
            break
        text = _text(item, depth - 1)
        parts.append(text + ": " + _text(value[item], depth - 1) if kind is dict else text)
    text = brackets[0] + ", ".join(parts) + brackets[1]
    return text if len(text) <= _TEXT else text[: _TEXT - 3] + "..."
