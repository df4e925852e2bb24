import os, sys, threading, time, warnings
warnings.simplefilter("ignore")
lock = threading.Lock()
def forks():
    with lock:
        pid = os.fork()
        if pid == 0:
            lock.release()
            with lock:
                time.sleep(0.01)
            t = threading.Thread(target=lambda: print("thread of the child", flush=True))
            t.start()
            t.join()
            os._exit(6)
        print(os.waitpid(pid, 0)[1] >> 8)
t = threading.Thread(target=forks)
t.start()
t.join()
