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
        "expired", "ended", "natural", "name", "target",
    )  # fmt: skip

    def __init__(self, name):
        self.number = len(threads) + 1
        self.name = name
        self.gate = allocate_lock()
        self.gate.acquire()
        self.points = self.streak = self.obj = self.place = 0
        self.kind = trace.BEGIN
        self.ready = self.deadline = self.target = None
        self.expired = self.ended = False
        self.natural = True
        threads.append(self)
        trace.define("thread", self.number, name)


def begin(asked, policy):
    """The main thread is under control from now on."""
    global on, _asked, _policy
    _asked, _policy = asked, policy
    by_ident[get_ident()] = Thread("MainThread")
    on = True


def finish():
    """The main thread has ended: what still runs are daemons. One that waits for ever is no
    failure; some that wait for each other are, though the program ends."""
    global on
    on = False
    values.look(by_ident)
    if _report(_circles()):
        trace.define("stopped", "deadlock")
    if sum(not one.ended for one in threads) > 1:
        trace.define("daemons")


def before_fork():
    """A process that the script forks itself is not controlled, from its first moment on: other
    functions that are called there may come before ours."""
    global on, _forks
    on, _forks = False, on


def after_fork_in_parent():
    global on
    on = _forks


def after_fork_in_child():
    if _forks:
        trace.close()


def current():
    """The thread that runs, if it is under control."""
    return by_ident.get(get_ident()) if on else None


def alone():
    """Whether no second thread was ever started: then there is nothing to decide."""
    return _alone


def started():
    global _alone
    _alone = False


def line(frame):
    """The place of the innermost frame that is the script's own."""
    while frame is not None:
        if code.is_users(frame):
            return trace.place(frame.f_code.co_filename, frame.f_lineno)
        frame = frame.f_back
    return 0


def note(me, kind, obj):
    """Writes a step that leaves no choice."""
    if not _alone:
        values.look(by_ident)
        place = line(sys._getframe(1))
        bit = 1 << me.number - 1
        trace.step(me.number, me.number, me.number, kind, NATURAL, me.points, obj, place, bit)


def point(me, kind, obj=0, ready=None, deadline=None, target=None):
    """A scheduling point of the shim. Returns whether the operation is possible: it is not if
    its deadline, in nanoseconds of our clock, has passed."""
    if _alone and (ready is None or ready()):
        return True
    me.place = line(sys._getframe(1))
    me.ready, me.deadline, me.target = ready, deadline, target
    # A call ends here or may wait: each interpreter looks for other threads then.
    me.natural = True
    arrive(me, kind, obj)
    expired, me.expired = me.expired, False
    return not expired


def arrive(me, kind, obj):
    """Lets the thread that is next do what it wants; returns when that is this one."""
    values.look(by_ident)
    me.kind, me.obj = kind, obj
    me.points += 1
    chosen = _next(me)
    me.natural = False
    if chosen is not me:
        _hand_over(me, chosen)
    me.ready = me.deadline = None


def _hand_over(me, chosen):
    me.streak = 0
    chosen.gate.release()
    if not me.ended:
        me.gate.acquire()


def switch(me, other):
    """Lets another thread run, without a choice: it is about to begin or has just begun."""
    me.kind, me.obj, me.ready = trace.BEGIN, me.number, None
    _hand_over(me, other)


def _next(me):
    ready = [one for one in threads if not one.ended and (one.ready is None or one.ready())]
    marks = NATURAL if me.natural else 0
    if not ready:
        late = [one for one in threads if not one.ended and one.deadline is not None]
        if not late:
            _report([one for one in threads if not one.ended])
            _stop("deadlock")
        late = min(late, key=lambda one: one.deadline)
        _expire(late)
        ready = [late]
    mine = me in ready
    default = me if mine else ready[0]
    me.streak += 1
    if mine:
        marks |= COULD_GO_ON
        if me.streak > PATIENCE and len(ready) > 1:
            default = next((one for one in ready if one.number > me.number), ready[0])
            me.streak = 0
            _policy.lower(me)
    chosen = default
    if len(ready) > 1:
        wanted = _asked.get((me.number, me.points)) if _asked else None
        if wanted is None:
            chosen = _policy.choose(default, ready)
        else:
            chosen = next((one for one in ready if one.number == wanted), None)
            if chosen is None:
                trace.define("refused", me.number, me.points, wanted)
                chosen = default
    bits = 0
    for one in ready:
        bits |= 1 << one.number - 1
    if chosen.expired:
        marks |= TIMED_OUT
    if not trace.step(
        chosen.number, me.number, default.number, chosen.kind, marks, me.points, chosen.obj,
        chosen.place, bits,
    ):  # fmt: skip
        _stop("deadlock" if _report(_circles()) else "steps")
    return chosen


def _expire(late):
    """Moves the clock to the next deadline: nothing else can run."""
    global now
    now = max(now, late.deadline)
    late.expired = late.kind != trace.SLEEP
    late.ready = None


def _awaited(one):
    """The thread that must do something before this one can go on; `None` if it can, if its time
    will be up, or if that thread is not known."""
    if one.ended or one.ready is None or one.deadline is not None or one.ready():
        return None
    return one.target.holder() if one.kind == ACQUIRE else one.target


def _circles():
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


def _report(blocked):
    """Writes what threads wait for that can never go on; returns whether there are any."""
    for one in blocked:
        other = one.target
        if other is not None and one.kind == ACQUIRE:
            other = other.holder()
        number = 0 if other is None else other.number
        trace.define("blocked", one.number, one.kind, one.obj, one.place, number)
    return bool(blocked)


def _stop(why):
    trace.define("stopped", why)
    try:
        sys.stdout.flush()
    except Exception:
        pass
    os._exit(1)
