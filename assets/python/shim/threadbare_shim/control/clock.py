"""A clock that only the scheduler moves: a sleep takes no time, and wakes in its order.

It is moved to the next deadline when no thread can run otherwise. Reading it moves it, too,
by a little: a script that divides by the time that it took does not divide by zero.
"""
import time

from ..code import Builtin
from . import scheduler
from .trace import SLEEP

_TICK = 1000


def patch():  # type: () -> None
    sleep = time.sleep

    def virtual(seconds):  # type: (Any) -> None
        running = scheduler.current()
        if running is None or not isinstance(seconds, (int, float)) or not 0 <= seconds < 1e9:
            return sleep(seconds)
        deadline = scheduler.now + int(seconds * 1e9)
        if scheduler.alone():
            scheduler.now = deadline
        elif seconds:
            scheduler.point(running, SLEEP, 0, lambda: scheduler.now >= deadline, deadline)
        else:
            scheduler.point(running, SLEEP)

    time.sleep = Builtin(sleep, virtual)
    for name in ("time", "monotonic", "perf_counter"):
        _replace(name, 1e9)
        _replace(name + "_ns", 1)


def patch_copy(module, name):  # type: (ModuleType, str) -> None
    """A module that was imported before has a copy of the real clock under this name."""
    if hasattr(module, name):
        setattr(module, name, time.monotonic)


def _replace(name, unit):  # type: (str, float) -> None
    original = getattr(time, name)
    start = original()

    def read():  # type: () -> float
        if not scheduler.on:
            return original()
        scheduler.now += _TICK
        return start + (scheduler.now / unit if unit > 1 else scheduler.now)

    setattr(time, name, Builtin(original, read))
