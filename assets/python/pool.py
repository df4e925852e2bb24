# CPython's own multiprocessing.Pool on the same tasks: one line of JSON per size.
# Arguments: sizes, first n, last n, kind of work, its length in ns, chunk size (0 = CPython's choice).
import json
import multiprocessing
import platform
import time

now = time.monotonic_ns  # one clock for all processes of the machine


def task(n):
    begin = now()
    if KIND == "spin":
        end = time.thread_time_ns() + LENGTH
        while time.thread_time_ns() < end:
            pass
    elif KIND == "sleep":
        time.sleep(LENGTH / 1e9)
    return n * n, os.getpid(), begin, now()


def measure(context, size, numbers, chunk):
    start = now()
    pool = context.Pool(size)
    created = now()
    rows = pool.map(task, numbers, chunk or None)
    returned = now()
    pids = [child.pid for child in multiprocessing.active_children()]
    listed = now()
    pool.close()
    pool.join()
    joined = now() - (listed - returned)  # asking for the pids is no part of the job
    begin, end = min(row[2] for row in rows), max(row[3] for row in rows)
    moments = [created, created, begin, end, returned, joined]
    return {
        "size": size,
        "results": [row[0] for row in rows],
        "pids": sorted(pids),
        "moments": [moment - start for moment in moments],
    }


sizes, first, last, KIND, LENGTH, chunk = sys.argv[1:7]
LENGTH = int(LENGTH)
# The quickest of its start methods, whatever the default of this version is.
context = multiprocessing.get_context("fork")
context.Pool(1).terminate()  # warm-up: what it imports on first use is no part of the job
print(json.dumps({"version": platform.python_version(), "start": "fork"}), flush=True)
for size in map(int, sizes.split(",")):
    numbers = range(int(first), int(last) + 1)
    print(json.dumps(measure(context, size, numbers, int(chunk))), flush=True)
