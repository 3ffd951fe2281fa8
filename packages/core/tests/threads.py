import threading
import time

from django.db import OperationalError, connection

PATIENCE = 120
FULL = ("too many clients", "remaining connection slots")


def at_once(count, work):
    """Run ``work(number)`` in so many threads that start together; raises what a thread raised."""
    barrier, errors = threading.Barrier(count), []

    def run(number):
        try:
            connect()
            barrier.wait(2 * PATIENCE)
            work(number)
        except threading.BrokenBarrierError:
            pass  # another thread could not start, and says why
        except Exception as error:
            barrier.abort()
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[number]) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for error in errors:
        raise error
    assert not barrier.broken


def connect():
    """Connect this thread; wait while other suites have all the connections that the server gives."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return connection.ensure_connection()
        except OperationalError as error:
            if time.monotonic() > deadline or not any(words in str(error) for words in FULL):
                raise
            time.sleep(0.1)
