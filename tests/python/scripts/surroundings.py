import os, sys
print(sorted(name for name in os.environ if name not in ("_", "LINES", "COLUMNS")))
print(sys.path[1:], sys.argv[1:], sys.flags, sys.dont_write_bytecode)
print(sorted(set(sys.modules) - set(sys.builtin_module_names)))
print(sys.stdin.isatty(), sys.stdout.isatty(), os.environ.get("PYTHONPATH"))
print([len(os.listdir("/proc/self/task"))])
