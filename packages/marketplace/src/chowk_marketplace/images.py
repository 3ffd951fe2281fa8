"""Pictures: what is accepted, what is kept of it, and its thumbnails.

An upload is judged by its content, never by its name. It is decoded and written anew: turned upright,
without EXIF (a phone's picture tells where it was taken) and within a maximum size.
"""

from __future__ import annotations

import io
import struct
import warnings
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages
from PIL import Image, ImageOps, UnidentifiedImageError

from chowk_marketplace.conf import marketplace_settings
from chowk_marketplace.exceptions import ImageTooLarge, UnsupportedImage

JPEG_QUALITY = 88
WEBP_QUALITY = 80
DECODING_ERRORS = (
    UnidentifiedImageError,
    OSError,
    EOFError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    struct.error,
)
"""What Pillow raises at a damaged or hostile file, its EXIF included."""


def image_storage() -> Storage:
    """The storage of listing images (``IMAGE_STORAGE``)."""
    return storages[marketplace_settings.IMAGE_STORAGE]


def upload_path(instance: Any, filename: str) -> str:
    """Where an image is stored; the uploader's file name is not used."""
    suffix = filename.rsplit(".", 1)[-1].lower()
    return f"listings/{instance.listing_id}/{uuid4().hex}.{suffix}"


def store_upload_path(instance: Any, filename: str) -> str:
    """Where a store's logo or banner is stored; the uploader's file name is not used."""
    return f"stores/{instance.pk}/{uuid4().hex}.{filename.rsplit('.', 1)[-1].lower()}"


@dataclass(frozen=True)
class PreparedImage:
    """A picture as it is kept, with its thumbnails by width. Nothing of it is stored yet."""

    width: int
    height: int
    original: ContentFile[bytes]
    thumbnails: dict[int, ContentFile[bytes]]


def prepare_image(upload: Any) -> PreparedImage:
    """What is kept of an upload. Raises ImageTooLarge or UnsupportedImage."""
    picture = clean_image(upload)
    return PreparedImage(picture.width, picture.height, encode_image(picture), thumbnails(picture))


def clean_image(upload: Any) -> Image.Image:
    """Decode an uploaded file into an upright picture without metadata, at most IMAGE_MAX_SIDE a side.

    The number of pixels is read from the header and checked before anything is decoded, so a small file
    that unpacks into gigabytes is refused. Raises ImageTooLarge or UnsupportedImage.
    """
    limit = marketplace_settings.IMAGE_MAX_BYTES
    if upload.size > limit:
        raise ImageTooLarge(megabytes=f"{limit / 1_000_000:.0f}", pixels=_megapixels())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit is stricter
            upload.seek(0)
            with Image.open(upload, formats=tuple(marketplace_settings.IMAGE_FORMATS)) as opened:
                if opened.width * opened.height > marketplace_settings.IMAGE_MAX_PIXELS:
                    raise ImageTooLarge(megabytes=f"{limit / 1_000_000:.0f}", pixels=_megapixels())
                picture = ImageOps.exif_transpose(opened)
                picture.load()
    except Image.DecompressionBombError as error:
        raise ImageTooLarge(megabytes=f"{limit / 1_000_000:.0f}", pixels=_megapixels()) from error
    except DECODING_ERRORS as error:
        raise UnsupportedImage(formats=", ".join(marketplace_settings.IMAGE_FORMATS)) from error
    picture = picture.convert("RGBA" if _is_transparent(picture) else "RGB")
    picture.thumbnail((marketplace_settings.IMAGE_MAX_SIDE, marketplace_settings.IMAGE_MAX_SIDE))
    return picture


def encode_image(picture: Image.Image) -> ContentFile[bytes]:
    """The picture as it is kept: JPEG, or PNG where it is transparent."""
    if picture.mode == "RGBA":
        return _encode(picture, "PNG", "image.png", optimize=True)
    return _encode(picture, "JPEG", "image.jpg", quality=JPEG_QUALITY, progressive=True)


def thumbnails(picture: Image.Image) -> dict[int, ContentFile[bytes]]:
    """WebP files by width, for every configured width that is narrower than the picture."""
    found = {}
    for width in sorted(set(marketplace_settings.IMAGE_WIDTHS)):
        if width < picture.width:
            height = max(1, round(picture.height * width / picture.width))
            small = picture.resize((width, height), Image.Resampling.LANCZOS)
            found[width] = _encode(small, "WEBP", f"{width}.webp", quality=WEBP_QUALITY)
    return found


def _encode(picture: Image.Image, image_format: str, name: str, **options: Any) -> ContentFile[bytes]:
    clean = picture.copy()
    clean.info = {}  # an ICC profile or a text chunk would otherwise be written along
    buffer = io.BytesIO()
    clean.save(buffer, image_format, **options)
    return ContentFile(buffer.getvalue(), name=name)


def _is_transparent(picture: Image.Image) -> bool:
    return picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info


def _megapixels() -> str:
    return f"{marketplace_settings.IMAGE_MAX_PIXELS / 1_000_000:.0f}"
