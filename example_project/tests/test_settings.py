"""The environment makes the deployment."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from chowk_core.testing.forked import run_python

PROJECT = Path(__file__).parents[1]


def manage(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run manage.py as a deployment would, with nothing of this run's own environment but the path."""
    environment = {"PATH": os.environ["PATH"], "VAR": str(folder), **environment}
    return run_python("-m", "manage", *arguments, folder=PROJECT, environment=environment, timeout=120)


def test_a_deployment_behind_tls_has_nothing_to_improve(tmp_path: Path) -> None:
    """But for one thing: the example charges cards by the test gateway, and says so."""
    ran = manage(tmp_path, "check", "--deploy", HTTPS="yes", ALLOWED_HOSTS="a.example")
    assert ran.returncode == 0, ran.stderr
    assert set(re.findall(r"\((\w+\.[A-Z]\d+)\)", ran.stderr)) == {"chowk_payments.W001"}, ran.stderr


def test_paypal_is_there_once_its_secrets_are(tmp_path: Path) -> None:
    show = "from chowk_payments.conf import payments_settings as s; print(s.METHODS, sorted(s.GATEWAYS))"
    shell = ("shell", "-v0", "-c", show)
    assert manage(tmp_path, *shell).stdout.strip() == "{} ['dummy', 'manual', 'wallet']"
    secrets = {"PAYPAL_CLIENT_ID": "a", "PAYPAL_CLIENT_SECRET": "b"}
    lacking = manage(tmp_path, "check", **secrets)
    assert lacking.returncode != 0
    assert "PAYPAL_WEBHOOK_ID" in lacking.stderr
    secrets["PAYPAL_WEBHOOK_ID"] = "c"
    assert manage(tmp_path, "check", **secrets).returncode == 0
    shown = manage(tmp_path, *shell, **secrets).stdout.strip()
    assert shown == "{'paypal': 'paypal'} ['dummy', 'manual', 'paypal', 'wallet']"
    wrong = manage(tmp_path, "check", **secrets, PAYPAL_URL="http://api-m.paypal.com")
    assert "PAYPAL_URL" in wrong.stderr


def test_migrations_are_whole(tmp_path: Path) -> None:
    ran = manage(tmp_path, "makemigrations", "--check", "--dry-run")
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_secret_is_made_once_and_private(tmp_path: Path) -> None:
    show = ("shell", "-v0", "-c", "from django.conf import settings; print(settings.SECRET_KEY)")
    first, second = (manage(tmp_path, *show).stdout.strip() for _ in range(2))
    assert first == second
    assert len(first) > 50
    assert (tmp_path / "secret-key").stat().st_mode & 0o077 == 0
    assert manage(tmp_path, *show, SECRET_KEY="given").stdout.strip() == "given"


@pytest.mark.parametrize("word", ["maybe", "2"])
def test_a_flag_is_yes_or_no(tmp_path: Path, word: str) -> None:
    ran = manage(tmp_path, "check", DEBUG=word)
    assert ran.returncode != 0
    assert "DEBUG should be yes or no" in ran.stderr


def test_engines_by_address(tmp_path: Path) -> None:
    show = (
        "from django.conf import settings as s;"
        "print(s.DATABASES['default']['ENGINE'], s.CACHES['default']['BACKEND'], s.CHOWK_CORE['RELAY'])"
    )
    plain = manage(tmp_path, "shell", "-v0", "-c", show).stdout.split()
    assert [path.rsplit(".", 1)[-1] for path in plain] == ["sqlite3", "LocMemCache", "inline"]
    large = manage(
        tmp_path,
        "shell",
        "-v0",
        "-c",
        show,
        DATABASE_URL="postgres://u:p@db.example/chowk",
        REDIS_URL="redis://redis.example/0",
        CELERY_BROKER_URL="redis://redis.example/1",
    ).stdout.split()
    assert [path.rsplit(".", 1)[-1] for path in large] == ["postgresql", "RedisCache", "celery"]
