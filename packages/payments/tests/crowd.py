"""A crowd of threads in processes that get killed: run as a program, by ``tests.test_crowd``.

    python -m tests.crowd DATABASE THREADS OPERATIONS SEED

Plays OPERATIONS random operations on the ledger of the given (test) database, and prints one line of JSON per
hundred: how many were done, and the ledger's answers so far. Killed at any moment, it leaves nothing behind.
"""

from __future__ import annotations

import json
import os
import random
import sys
import threading
import uuid
from collections import Counter

import django


def main(database: str, threads: int, operations: int, seed: int) -> None:
    """Play until ``operations`` are done by all threads together. A surprise ends the process."""
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = database
    django.setup()

    from django.db import connection
    from django.utils import timezone

    from chowk_core.testing.garbage import spare_imports
    from chowk_payments.models import get_account_model
    from tests.operations import KINDS, Player

    spare_imports()
    # The slow kinds (reverse, expire, repeat) more seldom than elsewhere: a hundred thousand take minutes.
    kinds = KINDS + ("transfer",) * 18 + ("hold",) * 4 + ("journal", "post", "part", "void")
    accounts = list(get_account_model()._default_manager.order_by("pk"))
    run = uuid.uuid4().hex[:8]
    done: Counter[str] = Counter()
    lock = threading.Lock()

    def play(number: int) -> None:
        chance = random.Random(f"{seed}-{number}")
        player = Player(accounts, timezone.now(), chance, f"{run}-{number}", kinds)
        try:
            while True:
                with lock:
                    if done.total() >= operations:
                        break
                    done["reserved"] += 1
                answer = player.play()
                with lock:
                    done["reserved"] -= 1
                    done[answer] += 1
                    if done.total() % 100 == 0:
                        sys.stdout.write(json.dumps(done) + "\n")
                        sys.stdout.flush()
        except BaseException as error:
            sys.stdout.write(json.dumps({"surprise": f"{type(error).__name__}: {error}"}) + "\n")
            sys.stdout.flush()
            os._exit(3)
        finally:
            connection.close()

    players = [threading.Thread(target=play, args=(number,)) for number in range(threads)]
    for player in players:
        player.start()
    for player in players:
        player.join()
    sys.stdout.write(json.dumps(done) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
