"""Ends this script and everything it started when the program that runs it is gone.

The program keeps the other end of our standard input open for as long as it lives,
so end-of-file means that it does not, however it ended.
"""
import os
import signal
import sys
import threading


def _watch():
    while os.read(0, 4096):
        pass
    os.killpg(0, signal.SIGKILL)


threading.Thread(target=_watch, daemon=True).start()
