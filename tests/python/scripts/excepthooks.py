import sys, threading
print(sys.excepthook is sys.__excepthook__)
def hook(args):
    print("thread hook:", args.exc_type.__name__, args.exc_value, args.thread.name)
threading.excepthook = hook
t = threading.Thread(target=lambda: 1 / 0, name="divides")
t.start()
t.join()
def main_hook(kind, error, tb):
    print("main hook:", kind.__name__, error)
sys.excepthook = main_hook
raise LookupError("last")
