import sys, threading
calls = []
def profiler(frame, event, arg):
    if event == "call" and frame.f_code.co_filename == __file__:
        calls.append(frame.f_code.co_name)
def traced(): return 1
sys.setprofile(profiler)
traced()
lock = threading.Lock()
with lock:
    traced()
sys.setprofile(None)
threading.settrace(lambda frame, event, arg: calls.append("trace " + frame.f_code.co_name)
                   if frame.f_code.co_filename == __file__ else None)
t = threading.Thread(target=traced)
t.start()
t.join()
print(calls)
