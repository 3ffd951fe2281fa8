"""Imports the libraries that a site of the tests imports too, and nothing that reads a setting for it.

The processes of ``chowk_core.testing.forked`` are forked from one that has imported this module.
"""

from __future__ import annotations

import importlib
import os
from contextlib import suppress

LIBRARIES = (
    "PIL.Image",
    "babel.dates",
    "channels.generic.websocket",
    "cryptography.fernet",
    "django.contrib.admin.options",
    "django.contrib.admindocs.utils",
    "django.contrib.postgres.fields",
    "django.contrib.postgres.search",
    "django.contrib.staticfiles.storage",
    "django.core.management.commands.check",
    "django.core.management.commands.makemigrations",
    "django.core.management.commands.migrate",
    "django.db.backends.postgresql.base",
    "django.db.backends.sqlite3.base",
    "django.template.backends.django",
    "django.test",
    "django.views.debug",
    "django_filters",
    "django_fsm",
    "factory",
    "fpdf",
    "jsonschema",
    "jwt",
    "markdown_it",
    "moneyed",
    "psycopg",
    "redis",
    "requests",
    "rest_framework.serializers",
    "stripe",
    "uvicorn",
    "websockets",
    "yaml",
)

# A library that asks for a setting must fail here: what it read would hold for every site afterwards.
named = os.environ.pop("DJANGO_SETTINGS_MODULE", None)
for name in LIBRARIES:
    with suppress(ModuleNotFoundError):  # an extra that is not installed
        importlib.import_module(name)
if named is not None:
    os.environ["DJANGO_SETTINGS_MODULE"] = named
