import threading, time
def late():
    # Its part of the script is over then.
    threading.main_thread().join()
    threading.Thread(target=print, args=("later still",)).start()
threading.Thread(target=late).start()
threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
print("main ends")
