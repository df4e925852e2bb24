"""One thread runs, and at each scheduling point it is decided which one is next.

A thread that arrives at a point says what it will do next. One of the threads whose next
operation is possible is chosen, does it, and runs up to its own next point. All others wait at
locks of their own. So everything here is only ever touched by the thread that runs.
"""
import os
import sys
from _thread import allocate_lock, get_ident

from .. import code
from . import trace, values
from .policy import Default
from .trace import ACQUIRE, COULD_GO_ON, NATURAL, TIMED_OUT

# Points that a thread passes without a break while others could run: it may wait for one of
# them in a loop.
PATIENCE = 3000

by_ident = {}
threads = []
# Whether threads are under control.
on = False
# Whether a thread under control forks.
_forks = False
# Whether an exception has ended the main thread.
raised = False
# Nanoseconds that sleeps have taken.
now = 0
_policy = Default()
# Which thread is next at certain points: by the number of the thread that arrives, and its
# number of points.
_asked = {}
_alone = True


class Thread:
    """A thread under control."""

    __slots__ = (
        "number", "gate", "points", "streak", "kind", "obj", "place", "ready", "deadline",
        "expired", "ended", "natural", "name", "target", "made",
    )  # fmt: skip

    def __init__(self, name):  # type: (Any) -> None
        self.number = len(threads) + 1
        self.name = name
        self.gate = allocate_lock()
        self.gate.acquire()
        self.points = self.streak = self.obj = self.place = 0
        self.kind = trace.BEGIN
        # By a weak reference, the object of `threading` that it belongs to.
        self.ready = self.deadline = self.target = self.made = None
        self.expired = self.ended = False
        self.natural = True
        threads.append(self)
        trace.define("thread", self.number, name)


def begin(asked, policy):  # type: (Dict[Tuple[int, int], int], Default) -> None
    """The main thread is under control from now on."""
    global on, _asked, _policy
    _asked, _policy = asked, policy
    by_ident[get_ident()] = Thread("MainThread")
    on = True


def finish():  # type: () -> None
    """The program has ended: what still runs are daemons. One that waits for ever is no
    failure; some that wait for each other are, though the program ends."""
    global on
    on = False
    values.record(by_ident)
    if _report(_cycles()):
        trace.define("stopped", "deadlock", "some")
    if sum(not one.ended for one in threads) > 1:
        trace.define("daemons")


def before_fork():  # type: () -> None
    """A process that the script forks itself is not controlled, from its first moment on: other
    functions that are called there may come before ours."""
    global on, _forks
    if on:
        trace.define("processes")
    on, _forks = False, on


def after_fork_in_parent():  # type: () -> None
    global on
    on = _forks


def after_fork_in_child():  # type: () -> None
    if _forks:
        trace.close()


def current():  # type: () -> Optional[Thread]
    """The thread that runs, if it is under control."""
    return by_ident.get(get_ident()) if on else None


def alone():  # type: () -> bool
    """Whether no second thread was ever started: then there is nothing to decide."""
    return _alone


def started():  # type: () -> None
    global _alone
    _alone = False


def line(frame):  # type: (Optional[FrameType]) -> int
    """The place of the innermost frame that is the script's own."""
    while frame is not None:
        if code.is_users(frame):
            return trace.place(frame.f_code.co_filename, frame.f_lineno)
        frame = frame.f_back
    return 0


def note(running, kind, obj):  # type: (Thread, int, int) -> None
    """Writes a step that leaves no choice."""
    if not _alone:
        values.record(by_ident)
        place = line(sys._getframe(1))
        number = running.number
        bit = 1 << number - 1
        trace.step(number, number, number, kind, NATURAL, running.points, obj, place, bit)


def point(running, kind, obj=0, ready=None, deadline=None, target=None):
    # type: (Thread, int, int, Optional[Callable], Optional[int], Any) -> bool
    """A scheduling point of the shim. Returns whether the operation is possible: it is not if
    its deadline, in nanoseconds of our clock, has passed."""
    if _alone and (ready is None or ready()):
        return True
    running.place = line(sys._getframe(1))
    running.ready, running.deadline, running.target = ready, deadline, target
    # A call ends here or may wait: each interpreter looks for other threads then.
    running.natural = True
    arrive(running, kind, obj)
    expired, running.expired = running.expired, False
    return not expired


def arrive(running, kind, obj):  # type: (Thread, int, int) -> None
    """Lets the thread that is next do what it wants; returns when that is this one."""
    values.record(by_ident)
    running.kind, running.obj = kind, obj
    running.points += 1
    chosen = _next(running)
    running.natural = False
    if chosen is not running:
        _resume(running, chosen)
    running.ready = running.deadline = None


def end(running):  # type: (Thread) -> None
    """This thread does nothing any more: another one is next."""
    running.ended = running.natural = True
    running.place = 0
    if on:
        values.record(by_ident)
        running.points += 1
        _resume(running, _next(running))


def _resume(running, chosen):  # type: (Thread, Thread) -> None
    """Lets the chosen thread run; returns when it is this one's turn again."""
    running.streak = 0
    chosen.gate.release()
    if not running.ended:
        running.gate.acquire()


def switch(running, other):  # type: (Thread, Thread) -> None
    """Lets another thread run, without a choice: it is about to begin or has just begun."""
    running.kind, running.obj, running.ready = trace.BEGIN, running.number, None
    _resume(running, other)


def _next(running):  # type: (Thread) -> Thread
    """Decides which thread is next, and writes the step that it will do."""
    ready = _ready()
    marks = NATURAL if running.natural else 0
    if running in ready:
        marks |= COULD_GO_ON
    default = _default(running, ready)
    chosen = _choose(running, default, ready) if len(ready) > 1 else default
    if chosen.expired:
        marks |= TIMED_OUT
    bits = 0
    for one in ready:
        bits |= 1 << one.number - 1
    if not trace.step(
        chosen.number, running.number, default.number, chosen.kind, marks, running.points,
        chosen.obj, chosen.place, bits,
    ):  # fmt: skip
        _stop(*("deadlock", "some") if _report(_cycles()) else ("steps",))
    return chosen


def _ready():  # type: () -> List[Thread]
    """The threads that can go on; if none can, the one whose time is up first."""
    alive = [one for one in threads if not one.ended]
    ready = [one for one in alive if one.ready is None or one.ready()]
    if ready:
        return ready
    late = [one for one in alive if one.deadline is not None]
    if not late:
        _report(alive)
        _stop("deadlock", "all")
    late = min(late, key=lambda one: one.deadline)
    _expire(late)
    return [late]


def _default(running, ready):  # type: (Thread, List[Thread]) -> Thread
    """The thread that is next if nothing else is asked for or chosen."""
    running.streak += 1
    if running not in ready:
        return ready[0]
    if running.streak <= PATIENCE or len(ready) == 1:
        return running
    running.streak = 0
    _policy.lower(running)
    return next((one for one in ready if one.number > running.number), ready[0])


def _choose(running, default, ready):  # type: (Thread, Thread, List[Thread]) -> Thread
    wanted = _asked.get((running.number, running.points)) if _asked else None
    if wanted is None:
        return _policy.choose(default, ready)
    for one in ready:
        if one.number == wanted:
            return one
    trace.define("refused", running.number, running.points, wanted)
    return default


def _expire(late):  # type: (Thread) -> None
    """Moves the clock to the next deadline: nothing else can run."""
    global now
    now = max(now, late.deadline)
    late.expired = late.kind != trace.SLEEP
    late.ready = None


def _awaited(one):  # type: (Thread) -> Optional[Thread]
    """The thread that must do something before this one can go on; `None` if it can, if its time
    will be up, or if that thread is not known."""
    if one.ended or one.ready is None or one.deadline is not None or one.ready():
        return None
    return _holder(one)


def _holder(one):  # type: (Thread) -> Optional[Thread]
    """The thread that holds, or is, what this one waits for; `None` if that is not known."""
    is_held = one.kind == ACQUIRE and one.target is not None
    return one.target.holder() if is_held else one.target


def _cycles():  # type: () -> List[Thread]
    """The threads that wait for each other, and those that wait for them."""
    found = []
    for one in threads:
        seen, other = set(), one
        while other is not None and other not in seen:
            seen.add(other)
            other = _awaited(other)
        if other is not None:
            found.append(one)
    return found


def _report(blocked):  # type: (List[Thread]) -> bool
    """Writes what threads wait for that can never go on; returns whether there are any."""
    for one in blocked:
        other = _holder(one)
        number = 0 if other is None else other.number
        trace.define("blocked", one.number, one.kind, one.obj, one.place, number)
    return bool(blocked)


def _stop(*why):  # type: (*str) -> NoReturn
    trace.define("stopped", *why)
    try:
        sys.stdout.flush()
    except Exception:
        pass
    os._exit(1)
