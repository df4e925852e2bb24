# Writes the time of its first line, in nanoseconds of the system's monotonic clock, into a file.
import time

BEGAN = time.monotonic_ns()

import sys

with open(sys.argv[1], "w") as file:
    file.write(str(BEGAN))
