"""What was done in one schedule, in a file that is mapped into memory.

It outlives the child that writes it, however that ends: an exit from within, a crash, a kill.
The layout is shared with `src/kit/python/control/trace.rs`; VERSION changes with it.
"""
import os
import sys
from _struct import Struct
from mmap import mmap

from ..ring import _escape

VERSION = 2
HEADER = 64
STEP = 32
STEPS = 200000
TEXT = 1 << 20

# Kinds of operations; RELEASE and START leave no choice.
BEGIN, READ, WRITE, TOUCH, CHANGE, ACQUIRE, TRY, RELEASE, JOIN, SLEEP, START = range(11)
# Marks of a step: the interpreter itself may switch there, the thread that arrived could have
# gone on, its time was up.
NATURAL, COULD_GO_ON, TIMED_OUT = 1, 2, 4

# thread, thread that arrived, the one that was next by default, kind, marks, scheduling points
# of the thread that arrived, object, place, threads that could run.
_pack = Struct("<HHHBBIIIQI").pack_into
_map = None
# Older interpreters know the script by the path that they were given.
_given = sys.argv[0]
script = os.path.abspath(_given)
# As 64-bit numbers: 0 magic, 1 version and sizes, 2 steps, 3 bytes of text.
_header = None
_places = {}
_names = {}
_files = set()
_base = 0
steps = 0


def open_in(run):  # type: (str) -> None
    """Makes the file in the folder `run`."""
    global _map, _header
    size = HEADER + STEPS * STEP + TEXT
    path = os.path.join(run, "trace")
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    os.ftruncate(file, size)
    _map = mmap(file, size)
    os.close(file)
    _map[0:8] = b"tbtrace\0"
    _header = memoryview(_map)[:HEADER].cast("Q")
    _header[1] = VERSION | STEP << 16 | STEPS << 32


def keep():  # type: () -> None
    """What is defined up to now is defined for all schedules."""
    global _base
    _base = _header[3]


def reset():  # type: () -> None
    """The next schedule begins."""
    global steps
    steps = 0
    _header[2] = 0
    _header[3] = _base


def close():  # type: () -> None
    """Nothing is written any more: a child that the script forked itself."""
    global _map, _header
    _map = _header = None


def is_open():  # type: () -> bool
    return _header is not None


def step(thread, arrived, default, kind, marks, point, obj, place, ready):
    # type: (int, int, int, int, int, int, int, int, int) -> bool
    """Writes one step; returns whether there is room for another one."""
    global steps
    if _header is None:
        return True
    if steps == STEPS:
        return False
    _pack(
        _map, HEADER + steps * STEP,
        thread, arrived, default, kind, marks, point, obj, place, ready & (1 << 64) - 1, 0,
    )  # fmt: skip
    steps += 1
    _header[2] = steps
    return steps < STEPS


def define(*fields, room=TEXT):  # type: (...) -> bool
    """Writes a line of text, unless it goes beyond this room; returns whether it was written."""
    if _header is None:
        return False
    line = ("\t".join(_escape(field) for field in fields) + "\n").encode("utf-8", "replace")
    used = _header[3]
    if used + len(line) > room:
        return False
    start = HEADER + STEPS * STEP + used
    _map[start : start + len(line)] = line
    _header[3] = used + len(line)
    return True


def path(file):  # type: (str) -> str
    """The path of a file of the script."""
    return script if file == _given else file


def file(name):  # type: (str) -> None
    """The script runs code of this file."""
    name = path(name)
    if name not in _files:
        _files.add(name)
        define("file", name)


def place(file, line):  # type: (str, int) -> int
    """The number of a line of the script."""
    file = path(file)
    number = _places.get((file, line))
    if number is None:
        number = _places[file, line] = len(_places) + 1
        define("place", number, line, file)
    return number


def name(text):  # type: (str) -> int
    """The number of a name by which data is reached."""
    number = _names.get(text)
    if number is None:
        number = _names[text] = len(_names) + 1
        define("name", number, text)
    return number
