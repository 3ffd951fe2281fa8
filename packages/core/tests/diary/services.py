from datetime import datetime

from tests.diary.models import Entry


def remember(*, now: datetime) -> None:
    Entry.objects.create(text=f"tick {now.isoformat()}")


def fail(*, now: datetime) -> None:
    raise ValueError("no clock")
