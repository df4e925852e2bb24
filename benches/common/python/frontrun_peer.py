# The searches of examples/lost_update.py and examples/lost_update_mended.py, written for frontrun.
# Argument: broken or mended. The first failure ends the search, and is not run again. To be run
# by the command `frontrun`.
import sys
import threading

import frontrun

ROUNDS = 3


class Counter:
    def __init__(self):
        self.value = 0
        self.lock = threading.Lock()

    def broken(self):
        for _ in range(ROUNDS):
            self.value += 1

    def mended(self):
        for _ in range(ROUNDS):
            with self.lock:
                self.value += 1


if __name__ == "__main__":
    which = sys.argv[1]
    result = frontrun.explore(
        setup=Counter,
        workers=getattr(Counter, which),
        count=2,
        invariant=lambda counter: counter.value == 2 * ROUNDS,
        preemption_bound=None,
        reproduce_on_failure=0,
    )
    assert result.property_holds == (which == "mended"), result
    print(result.num_explored)
