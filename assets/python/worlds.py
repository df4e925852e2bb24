"""The same three ways in CPython, measured by CPython itself.

Arguments: n, milliseconds of computing per worker, requests per worker, seconds
per request, repeats, and the works to measure with commas between. Prints one JSON
object per line.
"""
import json
import sys
import time


def compute(rounds):
    x = 1
    for _ in range(rounds):
        x = (x * 6364136223846793005 + 1442695040888963407) & 0xFFFFFFFFFFFFFFFF
    return x


def share(kind, rounds, requests, wait):
    steps = max(requests, 1) if kind != "cpu" else 1
    each = 0 if kind == "io" else rounds // steps
    for _ in range(steps):
        compute(each)
        if kind != "cpu":
            time.sleep(wait)
    return 1


def serial(n, arguments):
    for _ in range(n):
        share(*arguments)


def threads(n, arguments):
    import threading

    workers = [threading.Thread(target=share, args=arguments) for _ in range(n)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


def processes(n, arguments):
    import multiprocessing

    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=share, args=arguments) for _ in range(n)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


def main():
    n, milliseconds, requests = int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
    wait, repeats, kinds = float(sys.argv[4]), int(sys.argv[5]), sys.argv[6].split(",")
    gil = getattr(sys, "_is_gil_enabled", lambda: True)()
    version = "CPython " + ".".join(map(str, sys.version_info[:3]))
    print(json.dumps({"version": version, "gil": gil}), flush=True)
    began, probe = time.perf_counter(), 20_000
    compute(probe)
    rounds = int(probe * milliseconds / 1000 / max(time.perf_counter() - began, 1e-9))
    for kind in kinds:
        mine = rounds // 2 if kind == "mixed" else rounds
        waits = max(requests // 2, 1) if kind == "mixed" else requests
        for _ in range(repeats):
            for name, way in (("serial", serial), ("threads", threads), ("processes", processes)):
                began = time.perf_counter_ns()
                way(n, (kind, mine, waits, wait))
                took = time.perf_counter_ns() - began
                print(json.dumps({"work": kind, "way": "python-" + name, "ns": took}), flush=True)


main()
