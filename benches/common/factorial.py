# The peers' time for one factorial, in ns: CPython's math.factorial, or GMP's own through ctypes.
# Arguments: peer, n, repeats.
import ctypes
import math
import platform
import sys
import time


def by_gmp():
    gmp = ctypes.CDLL("libgmp.so.10")
    number = (ctypes.c_long * 2)()  # an mpz_t: two ints and a pointer

    def factorial(n):
        gmp.__gmpz_init(number)
        gmp.__gmpz_fac_ui(number, ctypes.c_ulong(n))
        gmp.__gmpz_clear(number)

    return ctypes.c_char_p.in_dll(gmp, "__gmp_version").value.decode(), factorial


peer, n, repeats = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
if peer == "gmp":
    version, factorial = by_gmp()
else:
    version, factorial = platform.python_version(), math.factorial


def measure(n):
    start = time.perf_counter_ns()
    for _ in range(repeats):
        factorial(n)
    return time.perf_counter_ns() - start


factorial(n)
# ctypes needs some hundred nanoseconds to call anything, which are not GMP's.
calls = measure(0) if peer == "gmp" else 0
print(version, max(measure(n) - calls, 0) / repeats)
