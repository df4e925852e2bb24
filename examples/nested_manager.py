"""A list within a manager's list is a copy: what is appended to it never reaches the manager.

    threadbare examples/nested_manager.py

Assigned back, or made by the manager itself, it does.
"""
from multiprocessing import Manager

if __name__ == "__main__":
    with Manager() as manager:
        plain = manager.list([[]])
        plain[0].append("lost")

        assigned = manager.list([[]])
        inner = assigned[0]
        inner.append("kept")
        assigned[0] = inner

        nested = manager.list([manager.list()])
        nested[0].append("kept")

        print(f"a plain list within: {list(plain[0])}")
        print(f"assigned back: {list(assigned[0])}")
        print(f"made by the manager: {list(nested[0])}")
