"""A linter for the shim: what compiles, and still is a mistake or hard to read.

Arguments: files. Writes a line for each fault; the exit status is 1 if there is one. It needs
nothing but the interpreter, so it runs wherever the tests do.
"""
import ast
import builtins
import sys
import warnings

LINES, COLUMNS = 299, 100
# Names that each module has without binding them.
OF_MODULES = {"__file__", "__name__", "__doc__", "__path__", "__spec__", "__loader__", "__package__"}


def names_bound(tree):
    """Every name that is bound anywhere in it."""
    bound = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            bound.add(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            bound.update(bound_by(one) for one in node.names)
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            bound.add(node.id)
        elif isinstance(node, ast.arg):
            bound.add(node.arg)
        elif isinstance(node, (ast.Global, ast.Nonlocal)):
            bound.update(node.names)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            bound.add(node.name)
    return bound


def bound_by(imported):
    return (imported.asname or imported.name).split(".")[0]


def names_read(tree):
    return {
        node.id: node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }


def unused_imports(tree, lines):
    read = names_read(tree)
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)) and "# noqa" not in lines[node.lineno - 1]:
            for one in node.names:
                if bound_by(one) not in read:
                    yield node.lineno, "%s is imported and not used" % bound_by(one)


def unused_locals(tree):
    for function in ast.walk(tree):
        if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        read = names_read(function)
        shared = set()
        for node in ast.walk(function):
            if isinstance(node, (ast.Global, ast.Nonlocal)):
                shared.update(node.names)
        for node in ast.walk(function):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                name = node.id
                if name not in read and name not in shared and not name.startswith("_"):
                    yield node.lineno, "%s is assigned and not used" % name


def untyped(tree):
    """The types of a function are a comment: the shim runs before the script, which would wait for
    annotations to be evaluated."""
    for node in ast.walk(tree):
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        if node.type_comment is None:
            yield node.lineno, "%s does not say its types" % node.name
            continue
        try:
            ast.parse(node.type_comment, mode="func_type")
        except SyntaxError:
            yield node.lineno, "the types of %s cannot be read" % node.name


def faults(path):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    lines = text.split("\n")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            tree = ast.parse(text, path, type_comments=True)
            compile(text, path, "exec")
        except (SyntaxError, Warning) as error:
            yield getattr(error, "lineno", 0), str(error)
            return
    if not ast.get_docstring(tree):
        yield 1, "the module does not say what it is"
    if text.count("\n") > LINES:
        yield LINES + 1, "the file is longer than %d lines" % LINES
    for number, line in enumerate(lines, 1):
        if len(line) > COLUMNS:
            yield number, "longer than %d columns" % COLUMNS
        if line != line.rstrip() or "\t" in line:
            yield number, "blanks at the end, or a tab"
    bound = names_bound(tree)
    for name, number in names_read(tree).items():
        if name not in bound and name not in OF_MODULES and not hasattr(builtins, name):
            yield number, "%s is not defined" % name
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler) and node.type is None:
            yield node.lineno, "catches everything without saying so"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
            yield node.lineno, "writes to the script's output"
    yield from unused_imports(tree, lines)
    yield from unused_locals(tree)
    yield from untyped(tree)


found = [(path, *fault) for path in sys.argv[1:] for fault in faults(path)]
for path, number, what in found:
    print("%s:%s: %s" % (path, number, what))
sys.exit(bool(found))
