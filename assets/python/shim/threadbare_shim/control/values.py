"""The values of the script's global variables after each step, for a schedule that is stepped.

Only of types whose text is made without any code of the script's: what is shown must not change
what happens. An object of the script's own is shown by its attributes.
"""
import sys

from . import trace

_ITEMS = 8
# Bytes of the trace's text that values may use: without the places and names that come later, steps
# would have no lines.
_ROOM = trace.TEXT // 2
_UNKNOWN = "unknown: no room left"
_TEXT = 60
_PLAIN = (int, float, bool, str, bytes, type(None))
_BRACKETS = {list: "[]", tuple: "()", set: "{}", dict: "{}"}
# The text of each variable as it was last written; `None` while nothing is wanted.
_last = None


def begin():
    global _last
    _last = {}


def look():
    """Writes what is another value than at the last look, as of the steps that were made."""
    if _last is None:
        return
    try:
        _look(sys.modules["__main__"].__dict__)
    except Exception:
        # A variable that is as odd as that is not shown.
        pass


def _look(variables):
    for name in list(variables):
        if name[:2] == "__":
            continue
        value = variables[name]
        kind = type(value)
        if kind in _PLAIN or kind in _BRACKETS:
            _note(name, _text(value, 2))
        elif kind.__module__ == "__main__" and not issubclass(kind, type):
            _attributes(name, value)


def _attributes(name, value):
    try:
        attributes = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return
    if type(attributes) is dict:
        for key in list(attributes):
            of = attributes[key]
            if type(key) is str and (type(of) in _PLAIN or type(of) in _BRACKETS):
                _note("%s.%s" % (name, key), _text(of, 2))


def _note(name, text):
    if _last is not None and _last.get(name) != text:
        _last[name] = text
        if not trace.define("value", trace.steps, name, text, room=_ROOM):
            _end()


def _end():
    """There is no more room: no variable is left with a value that it may not have any more."""
    global _last
    names, _last = _last, None
    for name in names:
        trace.define("value", trace.steps, name, _UNKNOWN)


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
