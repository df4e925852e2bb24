"""What is known of values before the bytecodes that make them are run, and what becomes of one."""


class Constant:
    """A value that the code has itself."""

    def __init__(self, value):  # type: (Any) -> None
        self.value = value


class Path:
    """A name, and attributes that are read from its value; and where the name is looked up."""

    def __init__(self, text, local, is_global):  # type: (str, bool, bool) -> None
        self.text, self.local, self.is_global = text, local, is_global


class Length:
    """The key of what is appended to a list."""

    def __init__(self, of):  # type: (Path) -> None
        self.of = of


class Rounds:
    """The key of an item that a comprehension makes: one in each of its rounds over a value, or
    over what a function returns that is `called` with the value. If the comprehension is inlined,
    it has no frame of its own."""

    def __init__(self, inlined, over, called):
        # type: (bool, Union[Constant, Path, None], Union[Constant, Path, None]) -> None
        self.inlined, self.over, self.called = inlined, over, called


class Made:
    """What a call makes. `names` are those that it is stored under, `None` if it is returned;
    `keys` say where it is in what has this name: `None` is somewhere."""

    def __init__(self, callee, names, keys):
        # type: (Any, Optional[List[str]], Tuple[Any, ...]) -> None
        self.callee, self.names, self.keys = callee, names, keys


class Value:
    """The value of the call on the stack, or what it is in; or one of several parts of it."""

    def __init__(self, keys=(), part=None):  # type: (Tuple[Any, ...], Optional[int]) -> None
        self.keys, self.part = keys, part


class NotFollowed(Exception):
    """A bytecode that is not followed."""
