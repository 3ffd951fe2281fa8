"""What processes of tests do: ``python -m tests.diary.process publish``, ``publish_and_die``, ``work`` …"""

import os
import signal
import sys

import django


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def publish():
    from django.db import transaction

    from chowk_core.publishing import publish
    from tests.diary.events import Written

    with transaction.atomic():
        publish(Written(text="a"), stream="diary:1")


def publish_and_die():
    """Is killed after its commit and before the relay, which is a later hook of the same commit."""
    from django.db import transaction

    with transaction.atomic():
        transaction.on_commit(die)
        publish()


def request_and_die():
    """Sends a keyed request, and is killed when its effect is there and not yet committed."""
    from django.contrib.auth import get_user_model
    from django.db.models.signals import post_save
    from rest_framework.test import APIClient

    from tests.diary.models import Entry

    post_save.connect(lambda **kwargs: die(), sender=Entry, weak=False)
    client = APIClient()
    client.force_authenticate(get_user_model().objects.get())
    client.post("/api/write/", {"text": "a"}, headers={"Idempotency-Key": "k"})


if __name__ == "__main__":
    django.setup()
    if "DIARY_BROKER" in os.environ:
        import tests.diary.celery_app  # noqa: F401 - the application that tasks are sent by
    globals()[sys.argv[1]]()
