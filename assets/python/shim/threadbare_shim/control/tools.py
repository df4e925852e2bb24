"""What threads do with the script's conditions, events, semaphores, barriers and queues, in its own
words: for a schedule that is described or stepped. It changes nothing, and costs others nothing.

All of them are made of locks that the scheduler knows; reported is what these are for the script.
"""
import sys
from itertools import count

from .. import code, hooks
from . import locks, scheduler, values

# Apart from the numbers of locks.
_numbers = count(1 << 31)
_known = code.Known()
# Of conditions inside of other tools: the number of the tool, and what a wait is for.
_inside = code.Known()


def patch():  # type: () -> None
    hooks.when_imported("threading", _patch_threading)
    hooks.when_imported("queue", _patch_queue)


def _patch_threading(threading):  # type: (ModuleType) -> None
    _name(threading.Condition, "condition", ())
    _patch_condition(threading.Condition)
    _name(threading.Event, "event", [("_cond", "waits for")])
    _wrap(threading.Event, "set", lambda *_, **__: "sets")
    _wrap(threading.Event, "clear", lambda *_, **__: "clears")
    for kind in (threading.Semaphore, threading.BoundedSemaphore):
        _name(kind, "semaphore", [("_cond", "waits for")])
        _wrap(kind, "release", lambda *_, **__: "releases")
    acquired = ("does not get", "acquires")
    _wrap(threading.Semaphore, "acquire", lambda got, *_, **__: acquired[got])
    threading.Semaphore.__enter__ = threading.Semaphore.acquire
    _name(threading.Barrier, "barrier", [("_cond", "waits at")])
    _wrap(threading.Barrier, "wait", lambda *_, **__: "passes")


def _patch_queue(queue):  # type: (ModuleType) -> None
    waits = [
        ("not_empty", "waits for an item in"),
        ("not_full", "waits for room in"),
        ("all_tasks_done", "waits for the tasks of"),
    ]
    _name(queue.Queue, "queue", waits)
    _name(queue._PySimpleQueue, "queue", ())
    for kind in (queue.Queue, queue._PySimpleQueue):
        _wrap(kind, "put", lambda _, item, *__, **___: "puts %s in" % values.text_of(item))
        _wrap(kind, "get", lambda item, *_, **__: "gets %s from" % values.text_of(item))


def _name(kind, word, waits):  # type: (type, str, Union[list, tuple]) -> None
    """Each object of the script gets a number and a name; and so do the waits of the conditions
    that are its attributes of these names."""

    def made(self):  # type: () -> None
        frame = code.maker(self) if _known.of(self) is None else None
        if frame is None:
            return
        # A condition has the number of the lock that was made for it.
        lock = getattr(self, "_lock", None)
        number = lock.number_of_own() if isinstance(lock, locks.Controlled) else None
        number = number or next(_numbers)
        locks.define(number, word, frame)
        _known.put(self, number)
        for attribute, text in waits:
            _inside.put(getattr(self, attribute), (number, text))

    code.after_init(kind, made)


def _report(number, text):  # type: (Optional[int], str) -> None
    running = scheduler.current()
    if number is not None and running is not None:
        values.report_use(running.number, number, text, sys._getframe(1))


def _wrap(kind, name, text):  # type: (type, str, Callable) -> None
    """A method, and what is reported of it: by what it returned and its arguments."""
    original = getattr(kind, name)

    def reporting(self, *args, **kwargs):  # type: (*Any, **Any) -> Any
        found = original(self, *args, **kwargs)
        number = _known.of(self)
        if number is not None:
            try:
                _report(number, text(found, *args, **kwargs))
            except Exception:
                # An item that is as odd as that is not shown.
                pass
        return found

    code.put(kind, name, reporting, original)


def _patch_condition(kind):  # type: (type) -> None
    wait, notify = kind.wait, kind.notify

    def reporting_wait(self, timeout=None):  # type: (Optional[float]) -> bool
        number = _known.of(self)
        if number is None:
            _report(*_inside.of(self) or (None, ""))
            return wait(self, timeout)
        _report(number, "waits on")
        notified = wait(self, timeout)
        _report(number, "wakes up on" if notified else "gives up waiting on")
        return notified

    def reporting_notify(self, n=1):  # type: (int) -> None
        waiters = len(self._waiters)
        notify(self, n)
        woken = min(n, waiters)
        _report(_known.of(self), "notifies %s on" % (woken or "no thread"))

    code.put(kind, "wait", reporting_wait, wait)
    code.put(kind, "notify", reporting_notify, notify)
