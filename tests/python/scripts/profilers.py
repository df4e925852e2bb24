import cProfile, sys, threading
def square(n): return n * n
def squares(): return [square(n) for n in range(5)]
profile = cProfile.Profile()
profile.enable()
squares()
profile.disable()
# Up to 3.11 a list comprehension is a function.
named = {entry.code.co_name: entry.callcount for entry in profile.getstats() if hasattr(entry.code, "co_name")}
print(named["square"], named["squares"])
if hasattr(sys, "monitoring"):
    mine, seen = sys.monitoring.DEBUGGER_ID, []
    sys.monitoring.use_tool_id(mine, "mine")
    sys.monitoring.register_callback(mine, sys.monitoring.events.PY_START, lambda code, _: seen.append(code.co_name))
    sys.monitoring.set_local_events(mine, square.__code__, sys.monitoring.events.PY_START)
    t = threading.Thread(target=squares)
    t.start()
    t.join()
    sys.monitoring.free_tool_id(mine)
    print(seen)
