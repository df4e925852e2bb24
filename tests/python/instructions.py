"""Compares what the shim reads of bytecodes with what `dis` does, for code of the library.

Prints what differs. The folder of the shim is the argument.
"""
import dis
import os
import sys

FIELDS = ("offset", "opcode", "opname", "arg", "argval", "is_jump_target")
# What their arguments mean is not followed.
PLAIN = ("COMPARE_OP", "FORMAT_VALUE", "CONVERT_VALUE", "KW_NAMES")
MODULES = ("argparse", "ast", "typing", "threading", "subprocess", "tarfile", "turtle", "enum")

sys.path.insert(0, sys.argv[1])
from threadbare_shim import instructions  # noqa: E402


def fields(step):
    found = [getattr(step, field) for field in FIELDS]
    if step.opname in PLAIN:
        found[4] = None
    return found


def compare(code):
    ours = [fields(step) for step in instructions.of(code)]
    theirs = [fields(step) for step in dis.get_instructions(code)]
    if repr(ours) != repr(theirs):
        different = [pair for pair in zip(ours, theirs) if repr(pair[0]) != repr(pair[1])]
        print(code, len(ours), len(theirs), *different[:3])
    return len(theirs) + sum(compare(one) for one in code.co_consts if isinstance(one, type(code)))


compared = 0
for name in MODULES:
    path = os.path.join(os.path.dirname(os.__file__), name + ".py")
    with open(path, encoding="utf-8") as file:
        compared += compare(compile(file.read(), path, "exec"))
# All of this is for nothing if there is nothing to compare.
assert compared > 40000, compared
