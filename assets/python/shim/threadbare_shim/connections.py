"""Pipes of `multiprocessing` that the script makes itself: what is sent, received and waited for.

Both ends of a pipe are connections, and so are those inside of queues, pools and managers, which
are none of the script's. All of them send and receive by the same two methods. Which pipe one
belongs to is known by the inode of its file, which stays the same in whatever process it is: a
child that is no fork finds the pipe's number under that.
"""
import os

from . import code, marks, numbers, process_locks
from .ring import QUEUE_DROP, QUEUE_GET, QUEUE_PUT, QUEUE_WAIT, emit, guarded, waiting

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
                number = numbers.define_at(frame, "multiprocessing.pipe", "queue", 0)
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


def _wrap_send(kind):
    send = kind._send_bytes

    def _send_bytes(self, buf):
        number = marks.number_of(self, _pipes, _key)
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
        number = marks.number_of(self, _pipes, _key)
        if not number:
            return receive(self, maxsize)
        if _is_ready(self):
            message = receive(self, maxsize)
        else:
            message = waiting((QUEUE_WAIT, number, _MESSAGE), receive, self, maxsize)
        emit(QUEUE_GET, number, _UNKNOWN)
        return message

    code.put(kind, "_recv_bytes", _recv_bytes, receive)


def _is_ready(connection):
    try:
        return connection._poll(0)
    except Exception:
        # Whatever is wrong with it, receiving raises it, too.
        return True
