import logging, sys, threading
logging.basicConfig(stream=sys.stdout, format="%(threadName)s %(message)s", level=logging.INFO)
def work():
    logging.info("hello")
    try:
        [].pop()
    except IndexError:
        logging.exception("failed")
t = threading.Thread(target=work, name="logger")
t.start()
t.join()
