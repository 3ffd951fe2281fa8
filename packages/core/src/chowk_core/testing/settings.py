"""Pieces of a package's test settings: the same databases, middleware and templates everywhere."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import gettempdir
from typing import Any


def databases(name: str, *, folder: str | Path | None = None) -> dict[str, dict[str, Any]]:
    """DATABASES for a test run: CHOWK_TEST_DATABASE chooses "sqlite" (the default) or "postgres".

    ``name`` keeps packages apart; CHOWK_TEST_DATABASE_SUFFIX keeps parallel runs apart. SQLite's file is
    made in ``folder``, the system's temporary one by default. Tests run on a file too, not in shared memory:
    so threads and processes queue for the write lock as a site's do, in crowds and for longer.
    PostgreSQL is reached by libpq's own variables (PGHOST, PGUSER, …), on 127.0.0.1 by default.
    """
    name = f"chowk_{name}{os.environ.get('CHOWK_TEST_DATABASE_SUFFIX', '')}"
    if os.environ.get("CHOWK_TEST_DATABASE", "sqlite") == "postgres":
        return {
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": name,
                "HOST": os.environ.get("PGHOST", "127.0.0.1"),
                "PORT": os.environ.get("PGPORT", "5432"),
                "USER": os.environ.get("PGUSER", "postgres"),
                "PASSWORD": os.environ.get("PGPASSWORD", ""),
                # Nothing here has to outlive the server, so no commit waits for its disk.
                "OPTIONS": {"options": "-c synchronous_commit=off"},
                "TEST": {"NAME": f"test_{name}"},
            }
        }
    return {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(Path(folder or gettempdir()) / f"{name}.sqlite3"),
            "OPTIONS": {**sqlite_options(), "timeout": 120},
            "TEST": {"NAME": str(Path(folder or gettempdir()) / f"test_{name}.sqlite3")},
        }
    }


def sqlite_options() -> dict[str, Any]:
    """Writers queue instead of failing: IMMEDIATE transactions and write-ahead logging."""
    return {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }


DJANGO_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
