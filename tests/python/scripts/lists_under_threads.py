import gc, sys, threading

class Own(list):
    def append(self, item):
        print("own", item)
        super().append(item)

class Item:
    def __del__(self):
        print("gone")

class Unhashable:
    __hash__ = None
    def __call__(self, *args):
        return args

shared = Own()

def work(items, extra=()):
    call = Unhashable()
    append = items.append
    append(1)
    shared.append(call(2))
    items.sort()
    for wrong in (lambda: items.pop(99), lambda: items.remove(99), lambda: [].pop(), lambda: items.append()):
        try:
            wrong()
        except Exception as error:
            print(type(error).__name__, error)
            tb = error.__traceback__
            while tb:
                print(tb.tb_frame.f_code.co_name, tb.tb_lineno)
                tb = tb.tb_next

def main():
    items = []
    for _ in range(2):
        t = threading.Thread(target=work, args=(items,), kwargs={"extra": [Item()]})
        t.start()
        t.join()
        del t
    gc.collect()
    print("threads are over")
    local = [Item()]
    local.append(Item())
    del local
    print(len(items), sys.getrefcount(items), shared)

main()
