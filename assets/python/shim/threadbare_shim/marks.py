"""Which tool of `multiprocessing` a semaphore belongs to, in each process that has it.

Every such tool is made of semaphores. A forked child has its parent's, and this table with them.
Any other child gets them pickled, which is when the parent leaves a file for each in the folder
of the run: under the semaphore's name, which no other has, it says which tool that is. A child
that finds no file has got one that a library has made for itself, and does not watch it.

A child numbers what it gets itself, and defines once whose number that was first.
"""
import os

from . import code, numbers

# Below the folder of the run.
_FOLDER = "shared"
# Files that are left at most.
_MOST = 2000

_marks = code.Known()
_run = None
_left = set()


class Mark:
    """A part of a tool, by its number in this process; and the process and number of its maker."""

    __slots__ = ("number", "part", "pid", "first")

    def __init__(self, number, part, pid, first):  # type: (int, str, int, int) -> None
        self.number, self.part, self.pid, self.first = number, part, pid, first


def start(run):  # type: (str) -> None
    global _run
    _run = os.path.join(run, _FOLDER)


def put(semaphore, number, part):  # type: (SemLock, int, str) -> None
    """The script has made a tool of this number in this process, and this is a part of it."""
    _marks.put(semaphore, Mark(number, part, os.getpid(), number))


def of(semaphore, part):  # type: (SemLock, str) -> Optional[int]
    """The number of the tool that a semaphore is this part of; None if it is of no such."""
    mark = _marks.of(semaphore)
    return mark.number if mark is not None and mark.part == part else None


def before_pickling(semaphore):  # type: (SemLock) -> None
    """It is about to be pickled for a child that is no fork."""
    mark, name = _marks.of(semaphore), semaphore._semlock.name
    # Without a name it can only be inherited.
    if mark is not None and name is not None:
        leave(name, mark.pid, mark.first, mark.part)


def leave(name, pid, first, part, again=False):  # type: (str, int, int, str, bool) -> None
    """Leaves a file under a name for the children that will ask for it; `again` also if there is
    one of a thing before it."""
    path = _path(name)
    if path in _left and not again or len(_left) >= _MOST:
        return
    os.makedirs(_run, 0o700, exist_ok=True)
    # Complete before it has its name.
    new = "%s.%d" % (path, os.getpid())
    with open(new, "w") as file:
        file.write("%d %d %s" % (pid, first, part))
    os.rename(new, path)
    _left.add(path)


def after_unpickling(semaphore):  # type: (SemLock) -> Optional[Mark]
    """It was unpickled. Its mark, if it is one of a tool of the script's."""
    name = semaphore._semlock.name
    found = find(name) if name is not None else None
    if found is None:
        return None
    mark = Mark(*found)
    _marks.put(semaphore, mark)
    return mark


def number_of(thing, known, key):  # type: (Any, code.Known, Callable[[Any], str]) -> int
    """The number that a thing has here of which `key(thing)` may have been left, in any process;
    0 if it was not. `known` remembers it."""
    number = known.of(thing)
    if number is None:
        try:
            found = find(key(thing))
            number = found[0] if found is not None else 0
        except Exception:
            number = 0
        known.put(thing, number)
    return number


def find(name):  # type: (str) -> Optional[Tuple[int, str, int, int]]
    """What was left under a name: the number that it has here, the part, its maker and the number
    there. None if nothing was."""
    path = _path(name)
    if not os.path.exists(path):
        return None
    with open(path) as file:
        pid, first, part = file.read(100).split()
    number = numbers.of_other(int(pid), int(first))
    return None if number is None else (number, part, int(pid), int(first))


def _path(name):  # type: (str) -> str
    return os.path.join(_run, name.replace(os.sep, ""))
