"""The processes that the script starts: each has a ring of its own in the folder of the run.

A forked child opens it right after the fork. Every other child is an interpreter of its own, and
loads this shim as the first one did: it gets the two variables that let it in. It takes them back,
so neither sees them. For children of `multiprocessing` they are set for the moment of the start:
what another thread starts meanwhile by other means may get them too.
"""
import os
import sys
from _thread import allocate_lock

from . import code, connections, executors, hooks, managers, marks, pools, process_locks
from . import process_queues, process_tools, process_values, ring, threads
from .ring import PROCESS_WAIT, define, waiting

# Where the environment is among preexec_fn, close_fds, pass_fds, cwd, env: so in all versions.
_ENV = 4
# What runs a process of `multiprocessing`.
_BOOTSTRAP = ("multiprocessing/process.py", "_bootstrap")
_run = None
_folder = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# Whether the main thread's beginning was reported.
_begun = False
# By which start method of `multiprocessing` a process was started that will learn from its parent
# what it is: by one that is no fork.
_method = None
_starting = allocate_lock()


def start(run):  # type: (str) -> None
    global _run, _method
    _run = run
    marks.start(run)
    pools.parent_is(os.getppid())
    os.register_at_fork(after_in_child=_forked)
    command = _command()
    if b"--multiprocessing-fork" in command:
        # It begins when it knows its name.
        _method = "spawn"
        define("process", os.getppid(), _method, "")
    elif b"multiprocessing.forkserver" in command:
        define("process", os.getppid(), "helper", "forkserver")
        _begin_as("forkserver")
    else:
        define("process", os.getppid(), "subprocess", "")
        _begin_as("MainThread")


def _command():  # type: () -> bytes
    try:
        with open("/proc/self/cmdline", "rb") as file:
            return file.read(4096)
    except OSError:
        return b""


def _forked():  # type: () -> None
    """In the child. Of `multiprocessing`, the parent's frames say which process it is."""
    global _begun, _method, _starting
    ring.close()
    # Another thread may have had it.
    _starting = allocate_lock()
    _begun, _method = False, None
    try:
        threads.after_fork(sys.modules.get("threading"))
        executors.after_fork()
        ring.open_in(_run)
        pools.parent_is(os.getppid())
        frame, process = sys._getframe(), None
        while frame is not None and process is None:
            file = code.library_path(frame.f_code.co_filename)
            if file == "multiprocessing/popen_fork.py":
                process = frame.f_locals.get("process_obj")
            served = file == "multiprocessing/forkserver.py"
            frame = frame.f_back
            if served:
                # It gets its name with what it shall do.
                _method = "forkserver"
                define("process", os.getppid(), _method, "")
                return
        if process is not None:
            define("process", os.getppid(), "fork", process.name)
            _begin_as(process.name)
        else:
            define("process", os.getppid(), "fork", "")
            _begin_as("MainThread")
    except Exception:
        pass


def _begin_as(name):  # type: (str) -> None
    global _begun
    if not _begun:
        _begun = True
        threads.begin_main(name)


def begin():  # type: () -> None
    """A process of `multiprocessing` is about to run what it was started for."""
    global _method
    if _method is not None:
        module = sys.modules["multiprocessing.process"]
        process = module.current_process()
        parent = module.parent_process()
        ppid = parent.pid if parent is not None else os.getppid()
        pools.parent_is(ppid)
        define("process", ppid, process._start_method or _method, process.name)
        _begin_as(process.name)
        _method = None


def patch():  # type: () -> None
    _patch_waits()
    for name, part in (
        ("spawn", _patch_prepare),
        ("util", _patch_spawn),
        ("popen_forkserver", _patch_poll),
        ("synchronize", process_locks.patch),
        ("synchronize", process_tools.patch),
        ("connection", connections.patch),
        ("managers", managers.patch),
        ("queues", process_queues.patch),
        ("sharedctypes", process_values.patch),
        ("queues", pools.patch_queues),
        ("pool", pools.patch_pool),
        ("reduction", pools.patch_reduction),
    ):
        hooks.when_imported("multiprocessing." + name, part)
    hooks.when_imported("subprocess", _patch_subprocess)
    hooks.when_imported("concurrent.futures.process", pools.patch_worker)
    hooks.when_imported("traceback", _patch_print)


def _patch_print(traceback):  # type: (ModuleType) -> None
    """A process of `multiprocessing` prints the exception that ends it, which nothing else sees."""
    print_exc = traceback.print_exc

    def watched(*args, **kwargs):  # type: (*Any, **Any) -> None
        try:
            of = sys._getframe(1).f_code
            if (code.library_path(of.co_filename), of.co_name) == _BOOTSTRAP:
                threads.raised_in_main(sys.exc_info()[1])
        except Exception:
            pass
        return print_exc(*args, **kwargs)

    code.put(traceback, "print_exc", watched, print_exc)


def _variables():  # type: () -> Dict[str, str]
    """What lets a child in."""
    before = os.environ.get("PYTHONPATH")
    path = _folder + (os.pathsep + before if before else "")
    return {"PYTHONPATH": path, "THREADBARE_RUN": _run}


def _let_in(function, *args):  # type: (Callable[..., Any], *Any) -> Any
    """Calls what starts a child in the environment of this process. One thread at a time, or the
    child of another would not find the shim."""
    with _starting:
        # Not in `os.environ`, where the script would see it.
        for name, value in _variables().items():
            os.putenv(name, value)
        try:
            return function(*args)
        finally:
            for name in _variables():
                if name in os.environ:
                    os.putenv(name, os.environ[name])
                else:
                    os.unsetenv(name)


def _patch_prepare(spawn):  # type: (ModuleType) -> None
    """A child that is no fork first runs the script as a module, in the name that it has by then:
    a script without a main guard may do anything there."""
    prepare = spawn.prepare

    def watched(data):  # type: (Dict[str, Any]) -> None
        name = data.get("name")
        if _method is not None and name:
            # By which process, if not by its parent, it learns later.
            define("process", os.getppid(), _method, name)
            _begin_as(name)
        return prepare(data)

    code.put(spawn, "prepare", watched, prepare)


def _patch_spawn(util):  # type: (ModuleType) -> None
    spawn = util.spawnv_passfds

    def watched(path, args, passfds):
        # type: (Union[str, bytes], List[Union[str, bytes]], Iterable[int]) -> int
        # The resource tracker is no process of the script's.
        if any("resource_tracker" in os.fsdecode(arg) for arg in args):
            return spawn(path, args, passfds)
        return _let_in(spawn, path, args, passfds)

    code.put(util, "spawnv_passfds", watched, spawn)


def _patch_subprocess(subprocess):  # type: (ModuleType) -> None
    start = subprocess.Popen._execute_child

    def watched(self, args, executable, *rest, **kwargs):  # type: (Any, Any, *Any, **Any) -> None
        # An environment of the script's own is left as it is.
        inherits = len(rest) > _ENV and rest[_ENV] is None and os.environ is not None
        if inherits and _is_python(args, executable):
            environment = dict(os.environ, **_variables())
            rest = (*rest[:_ENV], environment, *rest[_ENV + 1 :])
        return start(self, args, executable, *rest, **kwargs)

    code.put(subprocess.Popen, "_execute_child", watched, start)


def _is_python(args, executable):  # type: (Any, Any) -> bool
    """Whether it is this interpreter, and one that looks at its environment."""
    if isinstance(args, (str, bytes)) or not hasattr(args, "__getitem__"):
        return False
    try:
        program = os.fsdecode(executable or args[0])
        options = [os.fsdecode(arg) for arg in args[1:]]
    except (TypeError, IndexError):
        return False
    if program != sys.executable:
        return False
    for option in options:
        if not option.startswith("-") or option in ("-c", "-m", "-"):
            break
        if set(option[1:]) & set("IES"):
            return False
    return True


def _patch_poll(module):  # type: (ModuleType) -> None
    """The end of a forkserver's child is not reported by the system's call."""
    poll = module.Popen.poll

    def watched(self, flag=os.WNOHANG):  # type: (int) -> Optional[int]
        if self.returncode is not None:
            return self.returncode
        ended = poll(self, flag)
        if ended is not None:
            define("exit", self.pid, ended)
        return ended

    code.put(module.Popen, "poll", watched, poll)


def _patch_waits():  # type: () -> None
    wait, waitpid = os.wait, os.waitpid

    def watched_wait(*args):  # type: (*Any) -> Tuple[int, int]
        return _wait(0, wait, args)

    def watched_waitpid(*args, **kwargs):  # type: (*Any, **Any) -> Tuple[int, int]
        # What only looks does not wait.
        flags = args[1] if len(args) > 1 else 0
        if kwargs or flags != 0:
            return _ended(waitpid(*args, **kwargs))
        return _wait(args[0] if args else 0, waitpid, args)

    os.wait = code.Builtin(wait, watched_wait)
    os.waitpid = code.Builtin(waitpid, watched_waitpid)


def _wait(pid, wait, args):
    # type: (Any, Callable[..., Tuple[int, int]], Tuple[Any, ...]) -> Tuple[int, int]
    child = pid if isinstance(pid, int) and pid > 0 else 0
    return _ended(waiting((PROCESS_WAIT, child), wait, *args))


def _ended(found):  # type: (Tuple[int, int]) -> Tuple[int, int]
    """Reports the end of a child, if the system says that it has ended."""
    pid, status = found
    if pid > 0 and os.WIFSIGNALED(status):
        define("exit", pid, -os.WTERMSIG(status))
    elif pid > 0 and os.WIFEXITED(status):
        define("exit", pid, os.WEXITSTATUS(status))
    return found
