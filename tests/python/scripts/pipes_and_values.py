import ctypes, inspect, multiprocessing as mp, multiprocessing.connection, multiprocessing.sharedctypes, os, pickle, sys, threading, traceback
from multiprocessing.reduction import ForkingPickler

class Point(ctypes.Structure):
    _fields_ = [("x", ctypes.c_int), ("y", ctypes.c_double)]

class Refuses:
    def __reduce__(self):
        raise LookupError("not to be pickled")
    def __repr__(self):
        return "<refuses>"

def talks(end, other, count, cells, point, text):
    print(type(end).__name__, sorted(vars(end)), end.recv(), end.poll(), flush=True)
    end.send({"sent": 1})
    end.send_bytes(b"abcdef", 2, 3)
    into = bytearray(8)
    print(end.recv_bytes_into(into, 1), into, end.recv_bytes(100), flush=True)
    end.send((other.readable, other.writable))
    with count:
        count.value += 1
        print(count, type(count).__name__, flush=True)
    with cells.get_lock():
        cells[0] += 1
    point.x, point.y = 3, 0.5
    text.value = b"child"
    end.close()
    raise LookupError("ends so")

def tried(what):
    try:
        print(what())
    except BaseException as error:
        print(type(error).__name__, error)
        traceback.print_exc(file=sys.stdout)

def pipes_of(context):
    here, there = context.Pipe()
    count, cells = context.Value("i", 1), context.Array("d", 3)
    point, text = context.Value(Point, 1, 2), context.Array("c", 10)
    print(count, cells, point, text, count.get_lock(), type(count.get_obj()))
    print(count.acquire(), count.get_lock(), count.release(), len(cells), cells[:], point.x, text.value)
    other, _ = context.Pipe(False)
    child = context.Process(target=talks, args=(there, other, count, cells, point, text))
    child.start()
    there.close()
    here.send([1, 2])
    got = [here.recv(), here.recv_bytes()]
    here.send_bytes(b"into")
    here.send_bytes(b"max")
    got.append(here.recv())
    child.join()
    print(got, child.exitcode, count.value, cells[:], point.x, point.y, text.value, text.raw)
    tried(lambda: here.recv())
    tried(lambda: there.send(1))
    tried(lambda: other.send(1))
    tried(lambda: here.send(Refuses()))
    tried(lambda: here.recv_bytes(-1))
    tried(lambda: pickle.dumps(count))
    tried(lambda: type(pickle.dumps(here)))
    tried(lambda: count.release())
    tried(lambda: context.Value("i", 1, lock=3))
    tried(lambda: setattr(count, "value", "one"))
    tried(lambda: setattr(count, "value", 1 << 70))
    tried(lambda: setattr(point, "x", None))
    tried(lambda: setattr(text, "value", b"more than ten bytes"))
    tried(lambda: delattr(count, "value"))
    tried(lambda: cells[3])
    tried(lambda: cells["a"])
    tried(lambda: cells.__setitem__(True, 0.5))
    tried(lambda: cells.__setitem__(0, "a"))
    tried(lambda: cells.__getitem__())
    cells[-1], cells[:2] = 7, [8, 9]
    print(list(cells), cells[-3], cells[5:], text[0], text[:3], [n for n in cells], 8.0 in cells)
    print(sorted(vars(count)), type(point).__name__, type(point).__mro__[1:], sorted(vars(type(point))))
    print(type(count).value.fget.__qualname__, type(point).x.fset.__name__, type(count).value.__doc__)
    print(type(count).value is mp.sharedctypes.make_property("value"), sorted(mp.sharedctypes.prop_cache))
    print(inspect.signature(type(cells).__setitem__), inspect.signature(mp.sharedctypes.make_property))
    held = context.Value("i", 0, lock=threading.Lock())
    held.value += 1
    print(held, held.value, held.get_lock().locked())
    try:
        raise KeyError("handled")
    except KeyError:
        count.value = 5
        print(count.value, sys.exc_info()[1])
    own = context.Lock()
    print(context.Value("i", 1, lock=own).get_lock() is own, context.Value("i", 2, lock=False), len(context.Array("i", 2, lock=False)))
    reader, writer = context.Pipe(False)
    print(reader.readable, reader.writable, repr(reader).split(" at ")[0], reader.fileno() > 0)
    tried(lambda: reader.send(1))
    reader.close()
    tried(lambda: writer.send(1))
    with writer as entered:
        print(entered is writer, mp.connection.wait([here], 0.01) == [here])
    print(writer.closed)
    print(here.poll(0.01), child.join(0.01), mp.connection.wait((one for one in [reader]), 0.01))
    tried(lambda: mp.connection.wait([reader, here], 0.01) == [here])
    tried(lambda: mp.connection.wait((1 / 0 for _ in "a"), 0.01))
    tried(lambda: mp.connection.wait(7, 0.01))
    tried(lambda: mp.connection.wait([here, "a"], 0.01))
    tried(lambda: mp.connection.wait([here], "a"))
    tried(lambda: mp.connection.wait(timeout=0.01))
    tried(lambda: writer.poll(0.01))
    tried(lambda: writer.send_bytes(b""))
    reader, writer = context.Pipe(False)
    os.write(writer.fileno(), b"\0\0\0\4ab")
    os.close(os.dup(writer.fileno()))
    writer.close()
    tried(lambda: reader.recv())

def squares(n):
    if n == 4:
        return Refuses()
    return n * n

def main():
    for method in ("fork", "spawn", "forkserver"):
        context = mp.get_context(method)
        pipes_of(context)
        with context.Pool(2) as pool:
            print(pool.map(squares, range(3)), pool.apply(squares, (3,)))
            tried(lambda: pool.apply(squares, (4,)))
            tried(lambda: pool.apply(Refuses()))
            print(sorted(vars(pool)))
    print(ForkingPickler.loads(ForkingPickler.dumps((1, 2))), ForkingPickler.dumps.__qualname__)
    print(inspect.signature(mp.connection.Pipe), mp.connection.Connection.send.__qualname__)
    print(inspect.signature(mp.connection.wait), mp.connection.wait.__doc__)
    here, there = mp.Pipe()
    thread = threading.Thread(target=lambda: print(here.recv()))
    thread.start()
    there.send("to a thread")
    thread.join()
    here.close()
    here.recv()

if __name__ == "__main__":
    main()
