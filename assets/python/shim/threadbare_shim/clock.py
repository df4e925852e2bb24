"""`time.sleep`: a pause that the script chose, and no wait for anything."""
import time

from .code import Builtin
from .ring import SLEEP_BEGIN, SLEEP_END, emit


def start():  # type: () -> None
    sleep = time.sleep

    def watched(*args, **kwargs):  # type: (*Any, **Any) -> None
        emit(SLEEP_BEGIN, 0, _nanoseconds(args))
        try:
            return sleep(*args, **kwargs)
        finally:
            emit(SLEEP_END)

    time.sleep = Builtin(sleep, watched)


def _nanoseconds(args):  # type: (Tuple[Any, ...]) -> int
    """How long it will sleep; 0 if that is no number, which `sleep` itself refuses."""
    try:
        return min(max(int(args[0] * 1e9), 0), 2**62)
    except Exception:
        return 0
