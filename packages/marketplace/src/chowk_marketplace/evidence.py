"""Files of complaints: what is accepted, by content and never by name, and where it is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.files.storage import FileSystemStorage, Storage, storages
from django.http import FileResponse
from django.utils.functional import cached_property
from PIL import Image

from chowk_marketplace.conf import marketplace_settings
from chowk_marketplace.exceptions import EvidenceTooLarge, UnsupportedEvidence
from chowk_marketplace.images import DECODING_ERRORS

PDF = "application/pdf"
SUFFIXES = {PDF: "pdf", "image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/gif": "gif"}


OWN_ALIAS = "private"
"""The alias that need not be in STORAGES."""


def evidence_storage() -> Storage:
    """The storage of evidence (``EVIDENCE_STORAGE``); by default a folder that no address leads to."""
    alias = marketplace_settings.EVIDENCE_STORAGE
    if alias == OWN_ALIAS and alias not in settings.STORAGES:
        return PrivateFolder()
    return storages[alias]


class PrivateFolder(FileSystemStorage):
    """The folder ``private`` beside MEDIA_ROOT, or in the working directory where there is none."""

    @cached_property
    def base_location(self) -> str:
        media = settings.MEDIA_ROOT
        return str(Path(media).resolve().parent / "private" if media else Path("private").resolve())

    @cached_property
    def base_url(self) -> Any:
        return None


def is_public(alias: str) -> bool:
    """Whether the storage of that alias, which the site has, is one whose files anybody may be served."""
    if alias in {"default", marketplace_settings.IMAGE_STORAGE}:
        return True
    storage = evidence_storage()
    if not isinstance(storage, FileSystemStorage) or not settings.MEDIA_ROOT:
        return False
    return Path(storage.location).resolve().is_relative_to(Path(settings.MEDIA_ROOT).resolve())


def upload_path(instance: Any, filename: str) -> str:
    """Where evidence is stored; the uploader's file name is not used."""
    suffix = SUFFIXES.get(instance.content_type, "bin")
    return f"evidence/{instance.complaint_id}/{uuid4().hex}.{suffix}"


def as_download(row: Any) -> FileResponse:
    """The file of a piece of evidence, to be saved and never shown as a page of this site."""
    answer = FileResponse(
        row.file.open("rb"),
        as_attachment=True,
        filename=f"evidence-{row.pk}.{SUFFIXES.get(row.content_type, 'bin')}",
        content_type=row.content_type,
    )
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, no-store"
    return answer


def content_type_of(upload: Any) -> str:
    """What an uploaded file is, read from its content. Raises EvidenceTooLarge, UnsupportedEvidence."""
    limit = marketplace_settings.EVIDENCE_MAX_BYTES
    if upload.size > limit:
        raise EvidenceTooLarge(megabytes=f"{limit / 1_000_000:.0f}")
    upload.seek(0)
    found = PDF if upload.read(5) == b"%PDF-" else _picture_type(upload)
    upload.seek(0)
    allowed = marketplace_settings.EVIDENCE_TYPES
    if found not in allowed:
        raise UnsupportedEvidence(known=", ".join(allowed))
    return found


def _picture_type(upload: Any) -> str:
    upload.seek(0)
    try:
        with Image.open(upload) as picture:
            picture.verify()
            return Image.MIME.get(picture.format or "", "")
    except (*DECODING_ERRORS, Image.DecompressionBombError):
        return ""
