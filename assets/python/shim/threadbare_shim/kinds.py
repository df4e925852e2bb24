"""The types of what stands for a lock of `_thread`. They pass for the real type as far as that can
be done: only a script that compares types by `is`, or asks `issubclass`, sees the difference.
"""
import sys
from _thread import LockType

from . import code

# From 3.13 on, `threading.Lock` is a type itself; before, a function.
_IS_TYPE = sys.version_info >= (3, 13)


class Kind(type):
    """The type of a watched or controlled lock. `real_type` is that of the lock it stands for."""

    def __new__(cls, name, bases, members, real_type=None, **kwargs):
        # type: (str, Tuple[type, ...], Dict[str, Any], Optional[type], **Any) -> type
        if any(isinstance(base, Kind) for base in bases):
            # A subclass of the script's own has the real one as its base, or is refused by it.
            real = [base.real_type if isinstance(base, Kind) else base for base in bases]
            return type(name, tuple(real), members, **kwargs)
        kind = type.__new__(cls, name, bases, members)
        kind.real_type = real_type
        return kind

    def __init__(cls, *args, **_real_type):  # type: (*Any, **Any) -> None
        type.__init__(cls, *args)

    # Locks of libraries are real ones, and count as its own.
    def __instancecheck__(cls, instance):  # type: (Any) -> bool
        return type.__instancecheck__(cls, instance) or isinstance(instance, cls.real_type)

    def __subclasscheck__(cls, kind):  # type: (type) -> bool
        return type.__subclasscheck__(cls, kind) or issubclass(kind, cls.real_type)

    def __eq__(cls, other):  # type: (Any) -> bool
        return other is cls or other is cls.real_type

    def __hash__(cls):  # type: () -> int
        return hash(cls.real_type)


class Replacement:
    """A lock that stands for a real one."""

    __slots__ = ()

    # What `isinstance` asks besides the type.
    @property
    def __class__(self):  # type: () -> type
        return type(self).real_type


def stand_in(base, real_type):  # type: (type, type) -> Kind
    """The type whose locks are made like this base and stand for those of the real type."""
    name, module = real_type.__name__, "_thread"
    if real_type is LockType and _IS_TYPE:
        # The name under which it is pickled must lead to it.
        name, module = "Lock", "threading"
    members = {"__slots__": (), "__module__": module, "__doc__": real_type.__doc__}
    return Kind(name, (base,), members, real_type=real_type)


def install(threading, lock, rlock, make):
    # type: (ModuleType, Kind, Kind, Callable[..., Any]) -> None
    """Has `threading.Lock` and `threading.RLock` give out locks of these kinds. `make` gets the
    kind, the real function, and the arguments."""
    real, real_rlock = threading.Lock, threading.RLock
    if _IS_TYPE:
        threading.Lock = lock
    else:
        threading.Lock = code.Builtin(real, lambda *args, **kwargs: make(lock, real, args, kwargs))
        threading.Lock.__module__, threading.Lock.__qualname__ = "threading", "Lock"

    def RLock(*args, **kwargs):  # type: (*Any, **Any) -> Any
        return make(rlock, real_rlock, args, kwargs)

    for attribute in ("__module__", "__qualname__", "__doc__"):
        setattr(RLock, attribute, getattr(real_rlock, attribute))
    threading.RLock = RLock
