# The traceback of a group, and of the exceptions in it; none before 3.11.
import threading
errors = []
try: threading.Lock().release()
except RuntimeError as error: errors.append(error)
class Mine(Exception): exceptions = 5
if hasattr(__builtins__, "ExceptionGroup"):
    inner = ExceptionGroup("inner", errors)
    raise ExceptionGroup("outer", [inner, Mine()])
raise Mine()
