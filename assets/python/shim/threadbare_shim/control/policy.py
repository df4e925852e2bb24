"""Which thread is next where nothing is asked for: the default, or a choice by chance.

The same seed gives the same choices under every version of Python: the numbers are made here.
"""


class Chance:
    """Numbers by chance: xorshift64*, by Vigna."""

    def __init__(self, seed):  # type: (int) -> None
        self._state = (seed * 0x9E3779B97F4A7C15 + 0x632BE59BD9B4E019) % (1 << 64) or 1

    def below(self, limit):  # type: (int) -> int
        x = self._state
        x ^= x >> 12
        x ^= x << 25 & 0xFFFFFFFFFFFFFFFF
        x ^= x >> 27
        self._state = x
        return (x * 0x2545F4914F6CDD1D >> 32 & 0xFFFFFFFF) * limit >> 32


class Default:
    """The thread that runs goes on until it cannot, then the one that was started first."""

    def choose(self, default, ready):
        # type: (scheduler.Thread, List[scheduler.Thread]) -> scheduler.Thread
        return default

    def lower(self, thread):  # type: (scheduler.Thread) -> None
        """It has run for too long while others could have: the default is another one then."""


class Walk(Default):
    """At each point another thread with a probability that is the same for a whole schedule."""

    def __init__(self, seed):  # type: (int) -> None
        self._chance = Chance(seed)
        self._of = (2, 4, 16, 64)[self._chance.below(4)]

    def choose(self, default, ready):
        # type: (scheduler.Thread, List[scheduler.Thread]) -> scheduler.Thread
        if self._chance.below(self._of) == 0:
            return ready[self._chance.below(len(ready))]
        return default


class Pct(Default):
    """The ready thread of the highest priority; at a few points the one that runs gets the lowest.

    Burckhardt, Kothari, Musuvathi, Nagarakatte: A Randomized Scheduler with Probabilistic
    Guarantees of Finding Bugs, ASPLOS 2010.
    """

    def __init__(self, seed, depth, length):  # type: (int, int, int) -> None
        self._chance = Chance(seed)
        self._changes = {self._chance.below(max(length, 1)) for _ in range(depth - 1)}
        self._priorities = {}
        self._lowest = 0
        self._points = 0

    def choose(self, default, ready):
        # type: (scheduler.Thread, List[scheduler.Thread]) -> scheduler.Thread
        priorities = self._priorities
        for thread in ready:
            if thread not in priorities:
                priorities[thread] = 1 + self._chance.below(1 << 30)
        highest = max(ready, key=priorities.__getitem__)
        if self._points in self._changes:
            self.lower(highest)
            highest = max(ready, key=priorities.__getitem__)
        self._points += 1
        return highest

    def lower(self, thread):  # type: (scheduler.Thread) -> None
        self._lowest -= 1
        self._priorities[thread] = self._lowest
