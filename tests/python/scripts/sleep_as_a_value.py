import pickle, time
class Slow:
    pause = time.sleep
Slow().pause(0)
print(time.sleep, pickle.loads(pickle.dumps(time.sleep)) is time.sleep, time.sleep.__name__)
for wrong in ((), ("x",), (-1,), (1, 2)):
    try:
        time.sleep(*wrong)
    except Exception as error:
        print(type(error).__name__, error)
time.sleep(secs=1) if False else None
