"""The example project's own settings, with the story's clock, kill switch and a database per run.

STORY_DATABASE names the database (a file with SQLite), STORY_FOLDER keeps what a run writes. On PostgreSQL
processes tell each other of events by the Redis of CHOWK_TEST_REDIS_URL, else they find out by looking.
"""

from __future__ import annotations

import os
import tempfile
from datetime import timedelta
from pathlib import Path

FOLDER = Path(os.environ.setdefault("STORY_FOLDER", tempfile.mkdtemp(prefix="chowk-story-")))
os.environ.setdefault("STORY_CLOCK", str(FOLDER / "clock"))
os.environ["VAR"] = str(FOLDER)
POSTGRES = os.environ.get("CHOWK_TEST_DATABASE") == "postgres"
os.environ["REDIS_URL"] = os.environ.get("CHOWK_TEST_REDIS_URL", "") if POSTGRES else ""

from django.utils import timezone  # noqa: E402

from config.settings.testing import *  # noqa: E402, F403
from config.settings.testing import (  # noqa: E402
    CHOWK_CORE,
    DATABASES,
    INSTALLED_APPS,
    MIDDLEWARE,
    SIMPLE_JWT,
)
from story import clock  # noqa: E402

timezone.now = clock.now

INSTALLED_APPS = [*INSTALLED_APPS, "story.killing"]
MIDDLEWARE = ["story.killing.middleware.StepMiddleware", *MIDDLEWARE]
DATABASES["default"]["NAME"] = os.environ.get("STORY_DATABASE", str(FOLDER / "story.sqlite3"))
if POSTGRES:
    DATABASES["default"]["OPTIONS"] = {
        "options": "-c synchronous_commit=off -c search_path=public,pg_catalog"
    }
CHOWK_CORE = {
    **CHOWK_CORE,
    "IDEMPOTENCY_LEASE": timedelta(seconds=1),
    "SOCKET_REDIS_URL": os.environ["REDIS_URL"],
    "SOCKET_PREFIX": FOLDER.name,
    "SOCKET_POLL": timedelta(milliseconds=200),
    "BACKOFF": timedelta(milliseconds=100),
}
SIMPLE_JWT = {**SIMPLE_JWT, "ACCESS_TOKEN_LIFETIME": timedelta(days=30)}  # the clock jumps
