"""What global lists hold ends when the script lets go of it, and nothing asks how long they are."""
import threading


class Item:
    def __del__(self):
        print("gone")


class Asked(list):
    def __len__(self):
        print("asked")
        return 0


lock = threading.RLock()
kept, passing, asked = [], [Item()], Asked([1])
aliases = also = [1]


def work(mine, other):
    global passing, also, late
    with lock:
        passing = None
        print("no list")
    with lock:
        passing = Asked()
        also = [Item()]
    late = [Item()]
    with lock:
        mine.append(Item())
        del late
        print("deleted")
    with lock:
        also = aliases
        mine.clear()
        other.append(1)
        asked.append(1)
    print("changed")


threads = [threading.Thread(target=work, args=(kept, Asked()))]
for thread in threads:
    thread.start()
    thread.join()
for number in range(40):
    globals()["list%d" % number] = [number]
threads.append(threading.Thread(target=print, args=("end",)))
threads[1].start()
threads[1].join()
print(kept, passing == [], aliases is also, sorted(globals())[-3:])
