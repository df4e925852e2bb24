"""What is known of names and bytecodes before a script is judged: see `gates`."""
# Built-in functions that touch no data which a thread could change meanwhile.
HARMLESS = set(
    "range int float complex bool isinstance issubclass type id super object callable abs round "
    "divmod pow ord chr property staticmethod classmethod open input memoryview slice "
    "Thread Timer Lock RLock allocate_lock Condition Event Semaphore BoundedSemaphore Barrier "
    "local Queue LifoQueue PriorityQueue SimpleQueue ThreadPoolExecutor deque defaultdict Counter "
    "sleep current_thread get_ident time monotonic perf_counter randint random uniform "
    "choice sqrt dataclass field namedtuple".split()
)
# Methods of locks and threads, at which the scheduler is asked anyway, and of texts.
OTHERS = set(
    "acquire release locked start wait wait_for notify notify_all is_set submit result "
    "put put_nowait task_done format strip lstrip rstrip split rsplit splitlines "
    "encode decode lower upper title startswith endswith zfill ljust rjust center isdigit".split()
)
READS = set(
    "get keys values items index count copy len sum min max any all sorted list tuple "
    "set dict frozenset str repr print enumerate zip map filter join __len__".split()
)
# Methods of containers, whatever else in the script has the same name.
CONTAINERS = {
    name for kind in (list, dict, set, bytearray) for name in dir(kind) if name[0] != "_"
} | {"appendleft", "popleft", "extendleft", "rotate"}
# Methods of files and connections, whatever else in the script has the same name.
FOREIGN = set(
    "read readline write seek flush send recv sendall execute executemany commit fetchone "
    "fetchall".split()
)
# By these one thread sees what another one does, or what comes of their order, without an
# operation that is known to conflict.
UNSEEN = set(
    "is_alive active_count n_waiting functools SimpleQueue hasattr getattr setattr delattr vars "
    "random".split()
)
# Decorators that leave a function what it is.
PLAIN = {"staticmethod", "classmethod", "property", "setter", "contextmanager", "abstractmethod"}
# Methods and functions that start threads, or may.
STARTS = {"start", "submit", "map", "run", "run_in_executor"}
STARTING_FUNCTIONS = {"start_new_thread", "to_thread"}
# Marks of code: that of a function, whose names are no global ones; that of a generator.
OPTIMIZED, GENERATOR = 1, 0x20
DYNAMIC = {"globals", "locals", "vars", "setattr", "delattr", "exec", "eval", "__dict__"}
LOADS = {"LOAD_GLOBAL", "LOAD_NAME", "LOAD_DEREF", "LOAD_CLASSDEREF", "LOAD_FROM_DICT_OR_DEREF"}
CHANGES = {
    "STORE_SUBSCR", "DELETE_SUBSCR", "STORE_SLICE", "LIST_EXTEND", "SET_UPDATE", "DICT_UPDATE",
    "DICT_MERGE",
}  # fmt: skip
TOUCHES = {
    "BINARY_SUBSCR", "BINARY_SLICE", "CONTAINS_OP", "COMPARE_OP", "BINARY_OP", "UNPACK_SEQUENCE",
    "UNPACK_EX", "BUILD_LIST_UNPACK", "BUILD_TUPLE_UNPACK", "MATCH_SEQUENCE",
    "MATCH_MAPPING", "MATCH_KEYS", "GET_LEN", "FORMAT_VALUE", "FORMAT_SIMPLE", "FORMAT_WITH_SPEC",
}  # fmt: skip
