import threading
lock = threading.Lock()
def inner():
    with lock:
        try:
            {}["missing"]
        except KeyError as error:
            raise RuntimeError("in main") from error
inner()
