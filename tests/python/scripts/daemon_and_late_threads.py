import threading, time
def late():
    time.sleep(0.1)
    threading.Thread(target=print, args=("later still",)).start()
threading.Thread(target=late).start()
threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
print("main ends")
