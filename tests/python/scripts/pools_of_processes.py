import multiprocessing, sys, threading
def square(n):
    with threading.Lock():
        return n * n
def main():
    for method in ("fork", "spawn", "forkserver"):
        context = multiprocessing.get_context(method)
        with context.Pool(2) as pool:
            print(method, pool.map(square, range(5)))
            try:
                pool.apply(divmod, (1, 0))
            except ZeroDivisionError as error:
                print(type(error).__name__)
        with context.Manager() as manager:
            shared, lock = manager.list([1]), manager.Lock()
            with lock:
                shared.append(2)
            print(list(shared))
if __name__ == "__main__":
    main()
