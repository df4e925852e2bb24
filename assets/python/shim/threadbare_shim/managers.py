"""Objects of a manager of `multiprocessing` that the script asks for: their calls, by how long each
waits for the manager's process.

The script has proxies of them. A proxy is known in every process by its object: a forked child has
the parent's, and any other finds the object's number under its identity and the address of its
manager.
"""
import os

from . import code, marks, numbers
from .ring import WAIT_BEGIN, guarded, waiting

_MANAGERS = "multiprocessing/managers.py"
# What a manager's method is called that makes an object.
_MAKES = "temp"
# The numbers of proxies; 0 for those that the script has not asked for itself.
_numbers = code.Known()


def patch(managers):  # type: (ModuleType) -> None
    """Wraps the creation and the calls of `multiprocessing.managers.BaseProxy`."""
    guarded("multiprocessing.Manager", _wrap_init, managers.BaseProxy)
    guarded("multiprocessing.Manager", _wrap_call, managers.BaseProxy)


def _wrap_init(kind):  # type: (type) -> None
    def made(self):  # type: () -> None
        frame = _maker()
        number = numbers.define_at(frame, "multiprocessing.proxy") if frame is not None else None
        if number is not None:
            _numbers.put(self, number)
            # Another object may have had this identity before.
            marks.leave(_key(self), os.getpid(), number, "proxy", again=True)

    code.after_init(kind, made)


def _maker():  # type: () -> Optional[FrameType]
    """The frame of the script that has asked a manager for an object."""
    frame, name = code.caller(), None
    while frame is not None and code.library_path(frame.f_code.co_filename) == _MANAGERS:
        frame, name = frame.f_back, frame.f_code.co_name
    return frame if name == _MAKES and code.is_users(frame) else None


def _key(proxy):  # type: (BaseProxy) -> str
    token = proxy._token
    return "proxy-%s-%s" % (token.id, token.address)


def _wrap_call(kind):  # type: (type) -> None
    call = kind._callmethod

    def _callmethod(self, methodname, args=(), kwds={}):
        # type: (str, Tuple[Any, ...], Dict[str, Any]) -> Any
        number = marks.number_of(self, _numbers, _key)
        if not number:
            return call(self, methodname, args, kwds)
        return waiting((WAIT_BEGIN, number), call, self, methodname, args, kwds)

    code.put(kind, "_callmethod", _callmethod, call)
