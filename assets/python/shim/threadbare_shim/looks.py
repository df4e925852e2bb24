"""Lists that threads share, before 3.12: how long they are whenever a lock is released.

To see operations, a function of ours would have to run around every call, and that would add
switches of threads: see `lists`. But a thread that releases a lock is in this shim anyway, and has
the lock still, so what it guards is whole. The lengths of lists are looked at then, when a thread
notifies others, and when threads and tasks begin and end. What happened between two looks is not
known, nor who did it.

Those that global variables of the script hold are found by the names of these at each look: one
that is kept here would live longer than without us. A look runs no code of the script's.
"""
import sys

from .lists import define_list, is_list, length, number_of, shared
from .ring import LIST_SEEN, emit, not_watched

# Lists of global variables that are looked at, each at a cost of some 100 ns.
_MOST = 16
# No variable's name: there are more.
_CUT = 0

# Holds something from the second thread on, if lists are looked at.
active = []
_variables = {}
# How many variables there were when lists were last looked for among them.
_size = 0
# Of each list: the name of its variable, its length at the last look, and its number.
_named = []
_names = {}


def begin():  # type: () -> None
    """A thread begins; the one that starts it waits meanwhile."""
    global _variables
    if not active and not hasattr(sys, "monitoring"):
        _variables = sys.modules["__main__"].__dict__
        active.append(True)
    look_for_more()


def after_fork():  # type: () -> None
    """There is one thread again."""
    global _size
    _size = 0
    for known in (active, _named, _names):
        known.clear()


def look_for_more():  # type: () -> None
    """Looks, also for lists that are new."""
    if active:
        if len(_variables) != _size:
            _find()
        look()


def look(lock=0):  # type: (int) -> None
    """Reports each list whose length is another than at the last look. `lock` is the number of the
    one that is released, if that is why."""
    for one in _named:
        things = _variables.get(one[0])
        # By the list's own method: a subclass of the script's may have another one for `len`.
        if issubclass(type(things), list) and length(things) != one[1]:
            one[1] = length(things)
            emit(LIST_SEEN, one[2], one[1], lock)
    if shared and active:
        _look_at_shared(lock)


def _look_at_shared(lock):  # type: (int) -> None
    """The same for those that threads and tasks got, but for what a variable holds that is looked
    at."""
    for known in list(shared.values()):
        things = known[2]
        if length(things) != known[4]:
            # Its length before is in its definition.
            number, known[4] = number_of(known), length(things)
            if all(_variables.get(one[0]) is not things for one in _named):
                emit(LIST_SEEN, number, known[4], lock)


def _find():  # type: () -> None
    """Finds lists that global variables hold."""
    global _size
    _size = len(_variables)
    try:
        found = list(_variables.items())
    except RuntimeError:
        # A finalizer that ran meanwhile has made a variable.
        return
    for name, things in found:
        if not is_list(things) or type(name) is not str or name in _names:
            continue
        if len(_names) >= _MOST:
            if _CUT not in _names:
                _names[_CUT] = None
                not_watched("lists of global variables after the first %d" % _MOST)
            break
        one = [name, length(things), 0]
        # Another thread may find it meanwhile.
        if _names.setdefault(name, one) is one:
            one[2] = define_list(name, one[1])
            _named.append(one)
