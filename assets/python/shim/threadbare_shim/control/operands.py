"""What an instruction works on: which ones before it have made that. See `gates`."""
import dis


def is_own(steps, at, names):  # type: (List[dis.Instruction], int, set) -> bool
    """Whether no other code has what an instruction iterates over: a range, or the value of one of
    these variables."""
    if steps[at].opname == "FOR_ITER":
        at -= 1
    if steps[at].opname == "GET_ITER":
        at -= 1
        if steps[at].argval in names:
            return True
    if not steps[at].opname.startswith("CALL"):
        return False
    callee = called(steps, at)
    return callee is not None and callee.argval == "range"


def leaves_with(steps, at):  # type: (List[dis.Instruction], int) -> bool
    """Whether it is the call at the end of a `with` block, whose three arguments are None."""
    before = [step for step in steps[max(at - 4, 0) : at] if step.opname != "PRECALL"][-3:]
    names = [step.opname for step in before]
    return (
        names in (["LOAD_CONST"] * 3, ["LOAD_CONST", "DUP_TOP", "DUP_TOP"])
        and before[0].argval is None
    )


def called(steps, at):  # type: (List[dis.Instruction], int) -> Optional[dis.Instruction]
    """The instruction that pushed what a call calls; `None` if that is not easily seen."""
    step = steps[at]
    # Values on the stack, those before what is called left out.
    depth = (step.arg or 0) + 1
    if step.opname in ("CALL_FUNCTION_KW", "CALL_KW"):
        depth += 1
    # In 3.11 it is a part of the call.
    start = at - 1 if steps[at - 1].opname != "PRECALL" else at - 2
    for back in range(start, -1, -1):
        before = steps[back]
        if "JUMP" in before.opname or before.opname == "FOR_ITER":
            return None
        if depth == 1 and before.opname == "GET_ITER":
            # A comprehension of 3.11 gets its iterator in the place of `self`.
            depth = 2
        if depth == 1 and before.opname != "PUSH_NULL":
            return before
        if depth > 1:
            depth -= dis.stack_effect(before.opcode, before.arg)
    return None


def is_of_self(code, before):  # type: (CodeType, dis.Instruction) -> bool
    """Whether an attribute is one of the first argument, which was loaded just before."""
    first = code.co_varnames[:1]
    # Two names may be loaded by one instruction.
    loaded = before.argval if isinstance(before.argval, tuple) else (before.argval,)
    return before.opname.startswith("LOAD_FAST") and loaded[-1:] == first


def private(code, steps, others):  # type: (CodeType, List[dis.Instruction], set) -> set
    """The variables of this code whose list no other code can have: it is made here, and all that
    is ever done with them is to append to it and to go through it. `others` are the names that
    other code may know."""
    arguments = code.co_argcount + code.co_kwonlyargcount + 2
    others = others | set(code.co_cellvars) | set(code.co_varnames[:arguments])
    made, escaped = set(), set()
    for at, step in enumerate(steps[:-1]):
        what, name = step.opname, step.argval
        if what in ("STORE_NAME", "STORE_FAST"):
            (made if _is_made(steps, at - 1) else escaped).add(name)
        elif what in ("LOAD_NAME", "LOAD_FAST", "LOAD_FAST_BORROW", "LOAD_FAST_CHECK"):
            after = steps[at + 1]
            appends = after.opname in ("LOAD_METHOD", "LOAD_ATTR") and after.argval == "append"
            if not appends and after.opname != "GET_ITER":
                escaped.add(name)
        elif what.startswith(("LOAD_FAST", "STORE_FAST")):
            # Several at once.
            escaped.update(name if isinstance(name, tuple) else (name,))
    return made - escaped - others


def _is_made(steps, at):  # type: (List[dis.Instruction], int) -> bool
    """Whether the instruction at `at` leaves a new list."""
    step = steps[at]
    if step.opname.startswith("CALL"):
        of = called(steps, at)
        if of is None:
            return False
        return of.opname == "MAKE_FUNCTION" or of.argval in ("list", "sorted")
    # A comprehension that is written out ends by giving its variable back.
    inside = step.opname == "STORE_FAST" and steps[at - 1].opname in ("SWAP", "END_FOR", "POP_ITER")
    return inside or step.opname in ("BUILD_LIST", "LIST_EXTEND", "LIST_APPEND", "END_FOR", "SWAP")
