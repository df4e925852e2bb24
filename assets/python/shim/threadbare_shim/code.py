"""Whose code it is: the script's, the library's, or this shim's, which no traceback shows.

What walks frames by `f_back` itself, or counts them by `sys._getframe`, still sees those of this
shim that lie between a function of the library and what that calls.
"""
import builtins
import os
import sys
from _weakref import ref

FOLDER = os.path.dirname(os.path.abspath(__file__))
_SHIM = FOLDER + os.sep
_LIBRARY = os.path.dirname(os.path.abspath(os.__file__)) + os.sep
_PACKAGES = (os.sep + "site-packages" + os.sep, os.sep + "dist-packages" + os.sep)
# Beside it lies a file of this shim that runs in its name, too.
_known = {os.path.join(os.path.dirname(FOLDER), "sitecustomize.py"): False}


def is_users(frame):  # type: (Optional[FrameType]) -> bool
    """Whether the code of a frame is the script's own: not the library's, nor an installed one.
    Of no frame, as below a function that C calls, it is not."""
    return frame is not None and is_users_file(frame.f_code.co_filename)


def is_users_file(file):  # type: (str) -> bool
    """The same for the file of the code."""
    users = _known.get(file)
    if users is None:
        users = not (
            file.startswith((_LIBRARY, _SHIM, "<frozen "))
            or any(folder in file for folder in _PACKAGES)
        )
        if len(_known) < 4096:
            _known[file] = users
    return users


def caller():  # type: () -> Optional[FrameType]
    """The innermost frame that is not this shim's; None if there is no other."""
    return _outside(sys._getframe(1))


def _outside(frame):  # type: (Optional[FrameType]) -> Optional[FrameType]
    while frame is not None and _is_ours(frame):
        frame = frame.f_back
    return frame


def _is_ours(frame):  # type: (FrameType) -> bool
    return frame.f_code.co_filename.startswith(_SHIM)


def maker(thing):  # type: (Any) -> Optional[FrameType]
    """The frame of the script that makes this object; None if a library makes it for itself."""
    frame = caller()
    # Past the constructors of the script's own subclasses.
    while is_users(frame) and _constructs(frame, thing):
        frame = frame.f_back
    return frame if is_users(frame) else None


def place(frame):  # type: (FrameType) -> FrameType
    """The frame whose line says where something is made: not in a constructor that the library
    has written for a class of the script's, as for a dataclass."""
    while frame.f_code.co_filename == "<string>" and frame.f_code.co_name == "__init__":
        if not is_users(frame.f_back):
            break
        frame = frame.f_back
    return frame


def _constructs(frame, thing):  # type: (FrameType, Any) -> bool
    return frame.f_code.co_name == "__init__" and frame.f_locals.get("self") is thing


class Known(dict):
    """What is known of objects, by identity. An object that is gone is forgotten."""

    def put(self, thing, value):  # type: (Any, Any) -> None
        key = id(thing)
        self[key] = (value, ref(thing, lambda _: self.pop(key, None)))

    def of(self, thing):  # type: (Any) -> Any
        found = self.get(id(thing))
        return found[0] if found is not None else None


# What `types` calls them; to import that would cost each process its time.
FunctionType, MethodType, BuiltinFunctionType = type(caller), type(Known().put), type(len)


def is_library(file):  # type: (Optional[str]) -> bool
    """Whether a file belongs to the standard library itself."""
    inside = file is not None and file.startswith(_LIBRARY)
    return inside and not any(folder in file for folder in _PACKAGES)


def library_path(file):  # type: (Optional[str]) -> str
    """Where a file lies within the standard library; empty if it does not belong to it."""
    return file[len(_LIBRARY) :] if is_library(file) else ""


def start():  # type: () -> None
    """Takes shim frames out of the traceback of an uncaught exception before it is shown."""
    original = sys.excepthook

    def excepthook(exctype, value, traceback):
        # type: (Type[BaseException], BaseException, Optional[TracebackType]) -> Any
        strip(value)
        return original(exctype, value, traceback)

    excepthook.__module__ = original.__module__
    # Scripts compare the two to find out whether they were replaced.
    sys.excepthook = sys.__excepthook__ = excepthook
    frames = sys._current_frames

    def current_frames():  # type: () -> Dict[int, FrameType]
        # A thread that waits is in the script's code, as far as the script can see.
        return {thread: _outside(frame) or frame for thread, frame in frames().items()}

    sys._current_frames = Builtin(frames, current_frames)


def patch_traceback(module):  # type: (ModuleType) -> None
    """The same for those that the script formats itself, and for stacks."""
    walk_stack = module.walk_stack

    def watched(f):  # type: (Optional[FrameType]) -> Iterator[Tuple[FrameType, int]]
        # Without a frame it counts how many of the library's own there are above it.
        steps = walk_stack(f)
        return steps if f is None else (step for step in steps if not _is_ours(step[0]))

    put(module, "walk_stack", watched, walk_stack)
    for name in ("walk_tb", "_walk_tb_with_full_positions"):
        original = getattr(module, name, None)
        if original is not None:
            setattr(module, name, _stripped(original))


def patch_inspect(module):  # type: (ModuleType) -> None
    """Takes shim frames out of the stacks that the script looks at."""
    original = module.getouterframes

    def getouterframes(frame, context=1):  # type: (FrameType, int) -> List[Any]
        return [one for one in original(frame, context) if not _is_ours(one.frame)]

    put(module, "getouterframes", getouterframes, original)


def _stripped(original):  # type: (Callable[..., Any]) -> Callable[..., Any]
    def walk(tb):  # type: (Optional[TracebackType]) -> Iterator[Tuple[FrameType, Any]]
        _strip_traceback(tb)
        return original(tb)

    walk.__name__, walk.__qualname__ = original.__name__, original.__qualname__
    walk.__module__, walk.__doc__ = original.__module__, original.__doc__
    return walk


# There are groups of exceptions from 3.11 on.
_GROUP = getattr(builtins, "BaseExceptionGroup", ())


def strip(error):  # type: (Optional[BaseException]) -> None
    """Takes shim frames out of the tracebacks of an exception and of those behind it."""
    seen = set()
    errors = [error]
    while errors:
        error = errors.pop()
        if isinstance(error, BaseException) and id(error) not in seen:
            seen.add(id(error))
            _strip_traceback(error.__traceback__)
            errors += [error.__cause__, error.__context__]
            if isinstance(error, _GROUP):
                errors += error.exceptions


def describe(error):  # type: (BaseException) -> Tuple[str, str, str, int]
    """What an exception is and says, and the script's own file and line that raised it."""
    try:
        text = str(error)
    except Exception:
        text = "<no text>"
    kind = type(error)
    name = kind.__qualname__
    if kind.__module__ not in ("builtins", "__main__"):
        name = kind.__module__ + "." + name
    file, line = "", 0
    tb = error.__traceback__
    while tb is not None:
        if is_users(tb.tb_frame):
            file, line = tb.tb_frame.f_code.co_filename, tb.tb_lineno
        tb = tb.tb_next
    return name, text, file, line


def after_init(kind, function):  # type: (type, Callable[[Any], Any]) -> None
    """Calls a function with each object of this type after its creation. Whatever goes wrong in
    it, the script has its object."""
    init = kind.__init__

    def __init__(self, *args, **kwargs):  # type: (*Any, **Any) -> None
        init(self, *args, **kwargs)
        try:
            function(self)
        except Exception:
            pass

    put(kind, "__init__", __init__, init)


def _strip_traceback(tb):  # type: (Optional[TracebackType]) -> None
    # The first frame is where the exception was caught, which is never here.
    while tb is not None:
        after = tb.tb_next
        while after is not None and _is_ours(after.tb_frame):
            after = after.tb_next
        if after is not tb.tb_next:
            tb.tb_next = after
        tb = after


def put(owner, name, function, original):
    # type: (Union[type, ModuleType], str, Callable[..., Any], Callable[..., Any]) -> None
    """Puts a function in the place of another, and lets it look like it."""
    setattr(owner, name, like(function, original))


def like(function, original):
    # type: (Callable[..., Any], Callable[..., Any]) -> Callable[..., Any]
    """The function, which looks like another one from now on."""
    for attribute in ("__name__", "__qualname__", "__module__", "__doc__"):
        # Methods written in C have no module.
        setattr(function, attribute, getattr(original, attribute, None))
    # Up to 3.9, this name stands in the error of a call with too many arguments.
    if hasattr(function, "__code__") and hasattr(original, "__name__"):
        function.__code__ = function.__code__.replace(co_name=original.__name__)
    # The signature and the source that `inspect` finds are those of the original.
    function.__wrapped__ = original
    return function


class Builtin:
    """Stands for a built-in function: called like it, and no method when a class holds it."""

    def __init__(self, original, call):  # type: (Callable[..., Any], Callable[..., Any]) -> None
        self.__name__ = original.__name__
        self.__qualname__ = original.__qualname__
        self.__module__ = original.__module__
        self.__doc__ = original.__doc__
        self.__wrapped__ = original
        self._call = call

    def __call__(self, *args, **kwargs):  # type: (*Any, **Any) -> Any
        return self._call(*args, **kwargs)

    def __repr__(self):  # type: () -> str
        return repr(self.__wrapped__)

    def __reduce__(self):  # type: () -> str
        return self.__qualname__

    # It is no class, and refused as the base of one as the original is.
    def __mro_entries__(self, _bases):  # type: (Tuple[Any, ...]) -> Tuple[Any, ...]
        return (self.__wrapped__,)
