"""Pipes of `multiprocessing` that the script makes itself: what is sent, received and waited for.

Both ends of a pipe are connections, and so are those inside of queues, pools and managers, which
are none of the script's. All of them send and receive by the same two methods. Each way that
messages can go from one end to the other is a queue of its own: a duplex pipe has two of them.
Which one a connection sends to or receives from is known by the inode of its file, which stays the
same in whatever process it is: a child that is no fork finds the queue's number under that.

What waits without receiving does so by the function `wait`: `poll` of a connection and `join` of a
process with their time limits, and the script itself, for several of both at once.
"""
import os
import sys

from . import code, marks, numbers, process_locks
from .ring import PROCESS_WAIT, QUEUE_DROP, QUEUE_GET, QUEUE_PUT, QUEUE_WAIT, WAIT_END
from .ring import emit, guarded, waiting

_MESSAGE = 0
_UNKNOWN = -1
_SENDS, _RECEIVES = "sends", "receives"
# They wait for all of their workers, in threads of the library's own.
_LIBRARY = ("multiprocessing/pool.py", "concurrent/futures/process.py")
# The numbers of what connections send to and receive from; 0 where that is none of the script's.
_queues = {_SENDS: code.Known(), _RECEIVES: code.Known()}


def patch(connection):  # type: (ModuleType) -> None
    """Wraps what makes pipes, sends, receives and waits in `multiprocessing.connection`."""
    guarded("multiprocessing.Pipe", _wrap_pipe, connection)
    guarded("multiprocessing.Pipe", _wrap_send, connection.Connection)
    guarded("multiprocessing.Pipe", _wrap_receive, connection.Connection)
    guarded("multiprocessing.connection.wait", _wrap_wait, connection)


def _wrap_pipe(connection):  # type: (ModuleType) -> None
    original = connection.Pipe

    def Pipe(*args, **kwargs):  # type: (*Any, **Any) -> Tuple[Connection, Connection]
        ends = original(*args, **kwargs)
        try:
            frame = process_locks.maker(None)
            duplex = all(end.readable and end.writable for end in ends)
            for sender in (0, 1):
                if ends[sender].writable:
                    _define(ends, sender, duplex, frame)
        except Exception:
            pass
        return ends

    code.put(connection, "Pipe", Pipe, original)


def _define(ends, sender, duplex, frame):
    # type: (Tuple[Connection, Connection], int, bool, Optional[FrameType]) -> None
    """A queue from the end of this position to the other one."""
    number = None
    if frame is not None:
        number = numbers.define_at(frame, sender, "pipe", int(duplex))
    for end, does in ((ends[sender], _SENDS), (ends[1 - sender], _RECEIVES)):
        _queues[does].put(end, number or 0)
        if number is not None:
            marks.leave(_key(end, does), os.getpid(), number, "pipe")


def _number(connection, does):  # type: (Any, str) -> int
    """The number of the queue that a connection sends to or receives from."""
    return marks.number_of(connection, _queues[does], lambda one: _key(one, does))


def _key(connection, does):  # type: (Any, str) -> str
    about = os.fstat(connection.fileno())
    return "file-%d-%d-%s" % (about.st_dev, about.st_ino, does)


def _wrap_send(kind):  # type: (type) -> None
    send = kind._send_bytes

    def _send_bytes(self, buf):  # type: (memoryview) -> None
        number = _number(self, _SENDS)
        if not number:
            return send(self, buf)
        # Before it is done: otherwise it could be seen to be received earlier.
        emit(QUEUE_PUT, number, _UNKNOWN)
        try:
            return send(self, buf)
        except BaseException:
            emit(QUEUE_DROP, number, _UNKNOWN)
            raise

    code.put(kind, "_send_bytes", _send_bytes, send)


def _wrap_receive(kind):  # type: (type) -> None
    receive = kind._recv_bytes

    def _recv_bytes(self, maxsize=None):  # type: (Optional[int]) -> Optional[BytesIO]
        number = _number(self, _RECEIVES)
        if not number:
            return receive(self, maxsize)
        if _is_ready(self):
            message = receive(self, maxsize)
        else:
            message = waiting((QUEUE_WAIT, number, _MESSAGE), receive, self, maxsize)
        emit(QUEUE_GET, number, _UNKNOWN)
        return message

    code.put(kind, "_recv_bytes", _recv_bytes, receive)


def _is_ready(connection):  # type: (Connection) -> bool
    try:
        return connection._poll(0)
    except Exception:
        # Whatever is wrong with it, receiving raises it, too.
        return True


def _wrap_wait(connection):  # type: (ModuleType) -> None
    original = connection.wait

    def wait(object_list, timeout=None):  # type: (Iterable[Any], Optional[float]) -> List[Any]
        only_looks = type(timeout) in (int, float) and timeout <= 0
        if only_looks or code.library_path(code.caller().f_code.co_filename) in _LIBRARY:
            return original(object_list, timeout)
        reported = []

        def objects():  # type: () -> Iterator[Any]
            awaited = []
            for one in object_list:
                awaited.append(one)
                yield one
            # The original has them all, and begins to wait.
            for record in _waits(awaited, original):
                emit(*record, len(reported))
                reported.append(record)

        try:
            return original(objects(), timeout)
        finally:
            if reported:
                emit(WAIT_END)

    code.put(connection, "wait", wait, original)


def _waits(objects, wait):
    # type: (List[Any], Callable[..., List[Any]]) -> List[Tuple[int, int, int]]
    """The records of a wait for these objects; none if one of them is ready."""
    try:
        records = [record for record in map(_wait_for, objects) if record is not None]
        return records if records and not wait(objects, 0) else []
    except Exception:
        return []


def _wait_for(awaited):  # type: (Any) -> Optional[Tuple[int, int, int]]
    if isinstance(awaited, int):
        pid = _pid_of(awaited)
        return None if pid is None else (PROCESS_WAIT, pid, 0)
    number = _number(awaited, _RECEIVES)
    return (QUEUE_WAIT, number, _MESSAGE) if number else None


def _pid_of(sentinel):  # type: (int) -> Optional[int]
    """The process at whose end this file becomes ready: a child, or the parent."""
    process = sys.modules["multiprocessing.process"]
    parent = process.parent_process()
    if parent is not None and parent.sentinel == sentinel:
        return parent.pid
    children = [child._popen for child in set(process._children)]
    return next((one.pid for one in children if one.sentinel == sentinel), None)
