"""The requests of threadbare, and one forked child for each.

Requests come through the socket that stands in the place of standard input, one a line:
`run TIME END DETAIL POLICY SEED DEPTH LENGTH ASKED`, with END `quick` or `whole`, DETAIL `steps`,
or `values` if what variables and tools become is wanted as well, and ASKED as `thread.point.next`
joined by commas, or `-`. It begins with `ready VERSION GROUP`. The answer is `done STATUS` after
the child has ended, or `late` if it had not after TIME seconds; what it did is in the trace.

All that the schedules start is in one process group, GROUP, in which nothing lives between two of
them: what a schedule leaves behind would write into the output of the next one.
"""
import os
import sys
from _signal import SIG_BLOCK, SIG_SETMASK, SIGCHLD, SIGKILL, pthread_sigmask, sigtimedwait
from time import monotonic

from .. import code, hooks
from . import bytecode, clock, ending, gates, locks, policy, processes, scheduler, threads, tools
from . import trace, values

_LONGEST = 1 << 20


def serve(run, kept):  # type: (str, set) -> None
    """Returns in a child, which then goes on to the script. `kept` are the modules that it will
    find as imported."""
    socket = os.dup(0)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    trace.open_in(run)
    _prepare(kept)
    trace.keep()
    group = _make_group()
    # So that a wait for the end of a child can have a limit: the script may set each alarm itself.
    mask = pthread_sigmask(SIG_BLOCK, [SIGCHLD])
    _write(socket, b"ready %d.%d.%d %d\n" % (*sys.version_info[:3], group))
    requests = b""
    while True:
        while b"\n" not in requests:
            more = os.read(socket, 65536)
            if not more or len(requests) > _LONGEST:
                os._exit(0)
            requests += more
        line, requests = requests.split(b"\n", 1)
        words = line.decode().split()
        trace.reset()
        child = os.fork()
        if child == 0:
            os.setpgid(0, group)
            pthread_sigmask(SIG_SETMASK, mask)
            os.close(socket)
            try:
                _begin(words)
            except BaseException:
                trace.define("stopped", "broken")
                raise
            return
        status = _wait(child, float(words[1]))
        os.killpg(group, SIGKILL)
        _write(socket, b"late\n" if status is None else b"done %d\n" % status)


def _make_group():  # type: () -> int
    """A process group without a living process. Its leader is never reaped, so that it stays."""
    leader = os.fork()
    if leader == 0:
        os.setpgid(0, 0)
        os._exit(0)
    os.waitid(os.P_PID, leader, os.WEXITED | os.WNOWAIT)
    return leader


def _wait(child, limit):  # type: (int, float) -> Optional[int]
    """Waits for the end of a child, for some seconds at most; `None` if it had to be killed."""
    deadline = monotonic() + limit
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return status
        left = deadline - monotonic()
        if left <= 0:
            # Whichever group it is in by now.
            os.kill(child, SIGKILL)
            os.waitpid(child, 0)
            return None
        sigtimedwait([SIGCHLD], left)


def _write(socket, answer):  # type: (int, bytes) -> None
    try:
        os.write(socket, answer)
    except OSError:
        os._exit(0)


def _prepare(kept):  # type: (set) -> None
    """What is the same for all schedules is done once, before the forks."""
    if "functools" not in kept:
        # Ours will be taken back, and the script imports its own.
        sys.modules.pop("functools", None)
    code.start()
    threads.patch_excepthook()
    clock.patch()
    locks.patch_below()
    hooks.when_imported("threading", locks.patch)
    hooks.when_imported("threading", threads.patch)
    processes.patch()
    hooks.when_imported("queue", _patch_queue)
    hooks.when_imported("functools", _patch_functools)
    hooks.when_imported("concurrent.futures._base", threads.patch_futures)
    hooks.when_imported("random", lambda module: module.seed(0))
    hooks.when_imported("traceback", code.patch_traceback)
    hooks.when_imported("inspect", code.patch_inspect)
    os.register_at_fork(
        before=scheduler.before_fork,
        after_in_parent=scheduler.after_fork_in_parent,
        after_in_child=scheduler.after_fork_in_child,
    )
    # The code of a folder, an archive or a compiled file is judged when it runs.
    if os.path.isfile(sys.argv[0]):
        with open(sys.argv[0], "rb") as file:
            text = file.read()
        if b"\0" not in text:
            gates.judge(compile(text, trace.script, "exec", dont_inherit=True))
    ending.prepare()


def _patch_queue(module):  # type: (ModuleType) -> None
    # In C it would wait out of our sight.
    module.SimpleQueue = module._PySimpleQueue
    clock.patch_copy(module, "time")


def _patch_functools(module):  # type: (ModuleType) -> None
    module.RLock = locks.RLock


def _begin(words):  # type: (List[str]) -> None
    """This child runs the schedule of a request."""
    _, _, end, detail, kind, seed, depth, length, asked = words
    ending.begin(end == "quick")
    if detail == "values":
        values.begin()
        tools.patch()
    if kind == "walk":
        chosen = policy.Walk(int(seed))
    elif kind == "pct":
        chosen = policy.Pct(int(seed), int(depth), int(length))
    else:
        chosen = policy.Default()
    wanted = {}
    if asked != "-":
        for one in asked.split(","):
            thread, point, after = one.split(".")
            wanted[int(thread), int(point)] = int(after)
    scheduler.begin(wanted, chosen)
    module = sys.modules.get("threading")
    if module is not None:
        threads.begin_main(module)
    bytecode.start()
