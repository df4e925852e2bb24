"""That the script starts processes: those are not controlled, so a search with them is no proof."""
from .. import code, hooks
from . import scheduler, trace


def patch():  # type: () -> None
    # A fork is noted by the scheduler.
    hooks.when_imported("subprocess", lambda module: _patch(module.Popen, "_execute_child"))
    hooks.when_imported("multiprocessing.util", lambda module: _patch(module, "spawnv_passfds"))


def _patch(owner, name):  # type: (Union[type, ModuleType], str) -> None
    original = getattr(owner, name)

    def starting(*args, **kwargs):  # type: (*Any, **Any) -> Any
        if scheduler.on:
            trace.define("processes")
        return original(*args, **kwargs)

    code.put(owner, name, starting, original)
