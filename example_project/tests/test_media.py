"""Pictures without a server of files in front."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.test import Client


def test_a_picture_comes_in_one_piece_and_is_not_sent_twice(
    settings: Any, tmp_path: Path, client: Client
) -> None:
    settings.MEDIA_ROOT = tmp_path
    (tmp_path / "car.webp").write_bytes(b"RIFF....WEBP")
    answer = client.get("/media/car.webp")
    assert (answer.streaming, answer.content) == (False, b"RIFF....WEBP")
    assert answer["Content-Type"] == "image/webp"
    assert answer["Content-Length"] == "12"
    again = client.get("/media/car.webp", headers={"If-Modified-Since": answer["Last-Modified"]})
    assert again.status_code == 304


def test_nothing_outside_the_folder_is_served(settings: Any, tmp_path: Path, client: Client) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MEDIA_ROOT.mkdir()
    (tmp_path / "secret-key").write_text("x")
    for path in ("../secret-key", "%2e%2e/secret-key"):
        assert client.get(f"/media/{path}").status_code == 400, path
    assert client.get("/media/nothing.webp").status_code == 404
