"""The records that threadbare reads while the script runs, and the definitions beside them.

A record is 64 bytes in a ring that is mapped into memory: no system call, so no thread gives
the GIL away for it, and the schedule stays what it was. Writing never waits. When the reader
is a whole ring behind, records are dropped and counted. What is rare and of no fixed size
(names, places, exceptions) goes as lines into a second file, and before the record that
refers to it.

The layout is shared with `src/kit/python/ring.rs`; VERSION changes with it.
"""
import os
import sys
from _struct import Struct
from _thread import get_ident
from itertools import count
from mmap import mmap
from time import monotonic_ns, sleep

from . import code

VERSION = 2
HEADER = 64
RECORD = 64
SLOTS = 1 << 16
# Bytes of shared memory that are left to the script.
_LEFT = 16 << 20
# Records between two looks at how far the reader is.
_STRIDE = 1024
# Bytes of definitions that are written at most: a script may make things without end. What says how
# threads and processes begin and end has room beyond. The reader reads somewhat more.
_NAMES, _DEFINITIONS = 4 << 20, 15 << 20
_OF_ENDS = frozenset(("thread", "process", "exit", "raised", "unwatched"))
# Characters of a name or message that are written at most.
_TEXT = 200

THREAD_START, THREAD_END = 1, 2
LOCK_WANT, LOCK_GOT, LOCK_RELEASE, LOCK_FAIL, LOCK_PASS = 10, 11, 12, 13, 14
SLEEP_BEGIN, SLEEP_END = 20, 21
JOIN_BEGIN, JOIN_END = 22, 23
WAIT_BEGIN, WAIT_END, NOTIFY = 24, 25, 26
PROCESS_WAIT = 31
QUEUE_PUT, QUEUE_GET, QUEUE_WAIT, QUEUE_DROP, QUEUE_SIZE = 40, 41, 42, 43, 44
TASK_SUBMIT, TASK_START, TASK_END, TASK_WAIT, TASK_ASKED = 50, 51, 52, 53, 54
CHILD_TASK_START, CHILD_TASK_END = 55, 56
POOL_TASKS, POOL_STATE, POOL_RESULT = 57, 58, 59
LIST_DONE, LIST_FAIL, LIST_SEEN = 60, 61, 62
POOL_PICKLE = 70
VALUE_READ, VALUE_WRITE = 80, 81
# In these moments an exception of a signal handler would lose an item, or leave a lock acquired:
# a delay would make them long.
_NO_DELAY = frozenset((QUEUE_GET, LIST_SEEN, VALUE_READ, VALUE_WRITE))

# time, thread, object, two values, kind, a small value, file and line, and last of all the number
# that says it is complete.
_pack = Struct("<QQQqqIIIIQ").pack_into
_numbers = count(1)
_lost = count(1)
# Header fields as 64-bit numbers: 0 magic, 1 version and sizes, 3 the reader's position,
# 4 lost records, 5 a bit for each lock that is taken away, 6 the delay after each record in
# nanoseconds. The reader writes 3, 5 and 6.
TAKEN_AWAY = 5
header = None
_ring = None
_definitions = -1
_file = None
# Whether it was reported that there is no room for more names.
_full = False
# Whether records are dropped: the ring is full, or this is a forked child, which has none.
_dropping = True
_closed = True
# The numbers of the script's own files by their names, 0 for all others; `None` if the reader does
# not want to know where the script is: finding that out costs about as much as the record.
_files = None
_FILES = 4096
_numbers_of_files = count(1)


def open_in(run):  # type: (str) -> None
    """Makes the ring and the definitions of this process in the folder `run`. Fails where no more
    processes are followed, or where the script would miss the memory."""
    global header, _ring, _definitions, _file, _files
    global _dropping, _closed, _numbers, _lost, _full
    if os.path.exists(os.path.join(run, "full")):
        raise OSError("as many processes as are followed")
    room = os.statvfs(run)
    if room.f_bavail * room.f_frsize < HEADER + SLOTS * RECORD + _LEFT:
        # The reader looks for this.
        open(os.path.join(run, "crowded"), "w").close()
        raise OSError("no room for another ring")
    pid = os.getpid()
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    _numbers, _lost, _full = count(1), count(1), False
    _files = {} if os.path.exists(os.path.join(run, "places")) else None
    path = os.path.join(run, "ring.%d" % pid)
    # Complete before it has its name: the reader looks for names.
    file = os.open(path + ".new", flags, 0o600)
    try:
        # With all its memory. A page that is missing when a record is written kills the script.
        os.posix_fallocate(file, 0, HEADER + SLOTS * RECORD)
        _ring = mmap(file, HEADER + SLOTS * RECORD)
    finally:
        os.close(file)
    file = os.open(os.path.join(run, "definitions.%d" % pid), flags | os.O_APPEND, 0o600)
    about = os.fstat(file)
    _file, _definitions = (about.st_dev, about.st_ino), _out_of_the_way(file)
    _ring[0:8] = b"tbring\0\0"
    header = memoryview(_ring)[:HEADER].cast("Q")
    header[1] = VERSION | RECORD << 16 | SLOTS << 32
    # From the first record on: the reader sees this ring somewhat later.
    delay = os.path.join(run, "delay")
    if os.path.exists(delay):
        with open(delay) as file:
            header[6] = int(file.read())
    gil = getattr(sys, "_is_gil_enabled", lambda: True)()
    define("python", "%d.%d.%d" % sys.version_info[:3], sys.implementation.name, int(gil))
    _dropping = _closed = False
    os.rename(path + ".new", path)


def _out_of_the_way(file):  # type: (int) -> int
    """The same file under a high number, so that the script gets those that it would get."""
    for high in (1000, 250):
        try:
            os.fstat(high)
        except OSError:
            try:
                os.dup2(file, high, False)
            except OSError:
                continue
            os.close(file)
            return high
    return file


def close():  # type: () -> None
    """A forked child does not write: the ring is its parent's."""
    global _dropping, _closed, _definitions
    _dropping = _closed = True
    _definitions, file = -1, _definitions
    try:
        # The script may have closed it, and have one of its own of this number.
        about = os.fstat(file)
        if (about.st_dev, about.st_ino) == _file:
            os.close(file)
    except OSError:
        pass


def emit(kind, obj=0, a=0, b=0, c=0):  # type: (int, int, int, int, int) -> bool
    """Writes one record, and waits only in slow motion. Fails only where no function can be
    called: at the limit of recursion.

    The delay follows the record, but not where a lock has just changed hands: there an exception
    of a signal handler would come between a lock and its owner, as it hardly does without a delay.
    For these kinds of record the caller calls `delay` when it may be interrupted; whether to is
    what this returns. Nor does it follow where an item was taken from a queue, a list is looked
    at, or a value is locked.
    """
    global _dropping
    if _dropping and not _has_room():
        return False
    # What fails at the limit of recursion does so before there is a number: a record without its
    # end would keep the reader waiting.
    thread = get_ident()
    file = line = 0
    if _files is not None:
        file, line = _place()
    number = next(_numbers)
    if not number % _STRIDE and number - header[3] > SLOTS - 2 * _STRIDE:
        _dropping = True
    at = HEADER + (number - 1) % SLOTS * RECORD
    _pack(_ring, at, monotonic_ns(), thread, obj, a, b, kind, c, file, line, number)
    if header[6]:
        if LOCK_WANT <= kind <= LOCK_PASS:
            return True
        if kind not in _NO_DELAY:
            delay()
    return False


def waiting(record, wait, *args, **kwargs):  # type: (Tuple[int, ...], Callable, *Any, **Any) -> Any
    """Calls what waits, between the record of the wait and that of its end, however it ends."""
    emit(*record)
    try:
        return wait(*args, **kwargs)
    finally:
        emit(WAIT_END)


def delay():  # type: () -> None
    """The delay of slow motion; other threads run meanwhile."""
    sleep(header[6] / 1e9)


def delay_holding(release, pause=delay):  # type: (Callable[[], Any], Callable[[], Any]) -> None
    """The same after an acquisition: if the pause is interrupted, nothing was acquired."""
    try:
        pause()
    except BaseException:
        release()
        raise


def _place():  # type: () -> Tuple[int, int]
    """File and line of the innermost frame that is the script's own; zeros if there is none."""
    frame = sys._getframe(2)
    while frame is not None:
        name = frame.f_code.co_filename
        file = _files.get(name)
        if file is None:
            file = _number_of(name)
        if file:
            return file, frame.f_lineno or 0
        frame = frame.f_back
    return 0, 0


def _number_of(name):  # type: (str) -> int
    """The number of a file that was not met before."""
    file = 0
    if len(_files) < _FILES:
        if code.is_users_file(name):
            # Taken before it is written: that may let another thread run.
            number = next(_numbers_of_files)
            file = number if define("file", number, name) else 0
        _files[name] = file
    return file


def _has_room():  # type: () -> bool
    """Whether to write again after records were dropped. Counts the one that is not."""
    global _dropping
    if _closed:
        return False
    # `count(5)` shows its next number without giving it away.
    written = int(repr(_numbers)[6:-1]) - 1
    if written - header[3] < SLOTS // 2:
        _dropping = False
        return True
    header[4] = next(_lost)
    return False


def is_taken_away(lock):  # type: (int) -> int
    """Whether the user has taken this lock away. There is a bit for each of the first 64."""
    return lock <= 64 and header[TAKEN_AWAY] >> (lock - 1) & 1


def define(*fields):  # type: (*Any) -> bool
    """Writes a definition, and returns whether it could be written."""
    return define_all(fields)


def define_all(*definitions):  # type: (*Tuple[Any, ...]) -> bool
    """The same for several, in one call of the system's."""
    if _definitions < 0:
        return False
    try:
        about = os.fstat(_definitions)
        # A script that closes all files may get this number for one of its own.
        if (about.st_dev, about.st_ino) != _file:
            return False
        of_end = definitions[-1][0] in _OF_ENDS
        if about.st_size > (_DEFINITIONS if of_end else _NAMES):
            _report_full()
            return False
        lines = "".join("\t".join(map(_escape, fields)) + "\n" for fields in definitions)
        os.write(_definitions, lines.encode("utf-8", "backslashreplace"))
    except Exception:
        return False
    return True


def _report_full():  # type: () -> None
    global _full
    if not _full:
        _full = True
        not_watched("what was made after the first %d MiB of names and places" % (_NAMES >> 20))


def _escape(field):  # type: (Any) -> str
    text = field if isinstance(field, str) else str(field)
    if len(text) > _TEXT:
        text = text[: _TEXT - 3] + "..."
    text = text.replace("\\", "\\\\").replace("\t", "\\t")
    return text.replace("\n", "\\n").replace("\r", "\\r")


def not_watched(what):  # type: (str) -> None
    """Reports something that this shim cannot see, in words for the user."""
    define("unwatched", what)


def guarded(what, patch, *arguments):  # type: (str, Callable[..., Any], *Any) -> None
    """Runs a patch. One that fails is reported, and the script is not disturbed."""
    try:
        patch(*arguments)
    except Exception as error:
        not_watched("%s (%s: %s)" % (what, type(error).__name__, error))
