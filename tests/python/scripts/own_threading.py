import os, sys
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "shadow"))
import struct, mmap, time
print(struct.whose, mmap.whose, time.sleep(0))
import threading
print(threading.whose)
