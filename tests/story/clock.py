"""A clock that a test moves forward: the real time plus the seconds that a file holds.

The server under test reads it instead of the machine's, so an auction of minutes ends in the test's own time
without a short auction that races with a slow machine. Sockets and timeouts keep the machine's clock.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

POSTGRES_CLOCK = """
CREATE TABLE public.story_clock (ahead interval NOT NULL);
INSERT INTO public.story_clock VALUES (interval '0');
CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS
$$ SELECT pg_catalog.clock_timestamp() + (SELECT ahead FROM public.story_clock) $$;
"""
"""Stands before PostgreSQL's own by ``search_path``, so that statements which ask the database agree."""


def file() -> Path:
    """Where the seconds are kept."""
    return Path(os.environ["STORY_CLOCK"])


def ahead() -> timedelta:
    """How far the clock has been moved."""
    path = file()
    return timedelta(seconds=float(path.read_text())) if path.exists() else timedelta(0)


def now() -> datetime:
    """Stands in for ``django.utils.timezone.now``."""
    return datetime.now(tz=UTC) + ahead()


def move_to(moment: datetime) -> timedelta:
    """Move the clock forward to ``moment``; never back. Returns how far it is ahead then."""
    total = max(ahead(), moment - datetime.now(tz=UTC))
    new = file().with_suffix(".new")
    new.write_text(str(total.total_seconds()))
    new.replace(file())
    return total
