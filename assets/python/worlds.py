"""The same three ways in CPython, measured by CPython itself.

Arguments: n, milliseconds of computing per worker, requests per worker, the port of
the server on this machine, the file to read, rounds, and the works to measure with commas
between. Prints one JSON object per line.
"""
import json
import socket
import sys
import time


def compute(rounds):
    x = 1
    for _ in range(rounds):
        x = (x * 6364136223846793005 + 1442695040888963407) & 0xFFFFFFFFFFFFFFFF
    return x


class Talk:
    """A connection to the server, and the file: what a request needs."""

    def __init__(self):
        self.socket = socket.create_connection(("127.0.0.1", PORT))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.file = open(FILE, "rb", buffering=0)

    def request(self):
        self.socket.sendall(b"\1")
        if not self.socket.recv(1):
            raise ConnectionError("the server is gone")
        self.file.seek(0)
        self.file.read(65536)

    def close(self):
        self.socket.close()
        self.file.close()


def share(rounds, requests):
    talk = Talk() if requests else None
    for _ in range(max(requests, 1)):
        compute(rounds)
        if talk:
            talk.request()
    if talk:
        talk.close()


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


def calibrate(milliseconds):
    """Rounds for so many milliseconds, by the quickest of some tries."""
    probe = 20_000

    def once():
        began = time.perf_counter()
        compute(probe)
        return time.perf_counter() - began

    return int(probe * milliseconds / 1000 / max(min(once() for _ in range(7)), 1e-9))


def amount(kind, rounds, requests):
    """Rounds between requests, and requests, of a share."""
    if kind == "cpu":
        return rounds, 0
    if kind == "io":
        return 0, requests
    requests = max(requests // 2, 1)
    return rounds // 2 // requests, requests


def main():
    n, milliseconds, requests = int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
    rounds, kinds = int(sys.argv[6]), sys.argv[7].split(",")
    gil = getattr(sys, "_is_gil_enabled", lambda: True)()
    version = "CPython " + ".".join(map(str, sys.version_info[:3]))
    print(json.dumps({"version": version, "gil": gil}), flush=True)
    shares = {kind: amount(kind, calibrate(milliseconds), requests) for kind in kinds}
    for kind, (between, asked) in shares.items():
        told = {"share": kind, "rounds": between * max(asked, 1), "requests": asked}
        print(json.dumps(told), flush=True)
    ways = [("serial", serial), ("threads", threads), ("processes", processes)]
    for number in range(rounds):
        for kind in kinds:
            # In turns, and each round another one begins.
            first = number % len(ways)
            for name, way in ways[first:] + ways[:first]:
                began = time.perf_counter_ns()
                way(n, shares[kind])
                took = time.perf_counter_ns() - began
                told = {"round": number, "work": kind, "way": "python-" + name, "ns": took}
                print(json.dumps(told), flush=True)


PORT, FILE = int(sys.argv[4]), sys.argv[5]
main()
