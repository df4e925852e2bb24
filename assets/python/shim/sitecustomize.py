"""Where the interpreter lets threadbare in: Python imports a module of this name at its start.

This folder stands first on PYTHONPATH of the script that is watched. What was there before
must be there afterwards, so everything is taken back: the folder from the path, the variables
from the environment, this module from `sys.modules`. A `sitecustomize` of the user's own runs
as if this one did not exist. The text must be readable for Python 2, which is refused here.
"""
import os
import sys


def _take_back(folder):  # type: (str) -> Optional[str]
    """Removes every trace of this folder from the path and the environment."""
    sys.path[:] = [entry for entry in sys.path if entry != folder]
    sys.path_importer_cache.pop(folder, None)
    rest = os.environ.get("PYTHONPATH", "").split(os.pathsep, 1)[1:]
    if rest:
        os.environ["PYTHONPATH"] = rest[0]
    else:
        os.environ.pop("PYTHONPATH", None)
    return os.environ.pop("THREADBARE_RUN", None)


def _refuse(run):  # type: (str) -> NoReturn
    """Leaves the reason where threadbare looks for it, and ends before the script runs."""
    name = getattr(getattr(sys, "implementation", None), "name", "cpython")
    with open(os.path.join(run, "refused"), "w") as file:
        file.write("%s %d.%d.%d" % ((name,) + tuple(sys.version_info[:3])))
    os._exit(1)


def _watch(folder, run):  # type: (str, str) -> None
    """Loads what watches. Whatever goes wrong in it, the script runs."""
    before, kept = set(sys.modules), set()
    # In the cache it is compiled once; in the folder of a run that would be for nothing.
    cached = os.path.basename(folder).startswith("shim-")
    no_bytecode, sys.dont_write_bytecode = sys.dont_write_bytecode, not cached
    sys.path.insert(0, folder)
    try:
        import threadbare_shim

        kept = threadbare_shim.start(run)
    except Exception:
        # The ring is missing then, or names what is not watched.
        pass
    finally:
        sys.path.remove(folder)
        sys.path_importer_cache.pop(folder, None)
        sys.dont_write_bytecode = no_bytecode
        # A `struct.py` beside the script must hide the library's, as it does without us.
        # What is built in cannot be hidden, and must not be made twice.
        for name in set(sys.modules) - before - kept - set(sys.builtin_module_names):
            del sys.modules[name]


def _next():  # type: () -> None
    """Runs the `sitecustomize` that would have run without this one."""
    sys.modules.pop("sitecustomize", None)
    # An ImportError for this name is how the interpreter learns that there is none.
    __import__("sitecustomize")


_folder = os.path.dirname(os.path.abspath(__file__))
_run = _take_back(_folder)
if _run is not None:
    if sys.version_info < (3, 8) or sys.implementation.name != "cpython":
        _refuse(_run)
    _watch(_folder, _run)
_next()
