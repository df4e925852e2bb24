"""Pipes of `multiprocessing` that the script makes itself: what is sent, received and waited for.

Both ends of a pipe are connections, and so are those inside of queues, pools and managers, which
are none of the script's. All of them send and receive by the same two methods. Which pipe one
belongs to is known by the inode of its file, which stays the same in whatever process it is: a
child that is no fork finds the pipe's number under that.
"""
import os

from . import code, locks, marks, process_locks
from .ring import QUEUE_DROP, QUEUE_GET, QUEUE_PUT, QUEUE_WAIT, WAIT_END, emit, guarded

_MESSAGE = 0
_UNKNOWN = -1
# The numbers of the pipes of connections; 0 for those that are none of the script's.
_pipes = code.Known()


def patch(connection):
    """Wraps the creation of pipes and the two methods of `multiprocessing.connection`."""
    guarded("multiprocessing.Pipe", _wrap_pipe, connection)
    guarded("multiprocessing.Pipe", _wrap_send, connection.Connection)
    guarded("multiprocessing.Pipe", _wrap_receive, connection.Connection)


def _wrap_pipe(connection):
    original = connection.Pipe

    def Pipe(*args, **kwargs):
        ends = original(*args, **kwargs)
        try:
            frame = process_locks.maker(None)
            number = None
            if frame is not None:
                number = locks.define_at(frame, "multiprocessing.pipe", "queue", 0)
            for end in ends:
                _pipes.put(end, number or 0)
                if number is not None:
                    marks.leave(_key(end), os.getpid(), number, "pipe")
        except Exception:
            pass
        return ends

    code.put(connection, "Pipe", Pipe, original)


def _key(connection):
    about = os.fstat(connection.fileno())
    return "file-%d-%d" % (about.st_dev, about.st_ino)


def _number_of(connection):
    number = _pipes.of(connection)
    if number is None:
        try:
            found = marks.find(_key(connection))
            number = found[0] if found is not None else 0
        except Exception:
            number = 0
        _pipes.put(connection, number)
    return number


def _wrap_send(kind):
    send = kind._send_bytes

    def _send_bytes(self, buf):
        number = _number_of(self)
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


def _wrap_receive(kind):
    receive = kind._recv_bytes

    def _recv_bytes(self, maxsize=None):
        number = _number_of(self)
        if not number:
            return receive(self, maxsize)
        waits = not _is_ready(self)
        if waits:
            emit(QUEUE_WAIT, number, _MESSAGE)
        try:
            message = receive(self, maxsize)
        finally:
            if waits:
                emit(WAIT_END)
        emit(QUEUE_GET, number, _UNKNOWN)
        return message

    code.put(kind, "_recv_bytes", _recv_bytes, receive)


def _is_ready(connection):
    try:
        return connection._poll(0)
    except Exception:
        # Whatever is wrong with it, receiving raises it, too.
        return True
