"""A listing's pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, Max, Min

from chowk_core.exceptions import NotFound
from chowk_core.policies import ask
from chowk_marketplace.conf import marketplace_settings
from chowk_marketplace.exceptions import TooManyImages
from chowk_marketplace.images import PreparedImage, prepare_image
from chowk_marketplace.models import get_listing_image_model
from chowk_marketplace.services.locking import locked_listing, require_owner


def add_image(
    *, listing: Any, upload: Any, actor: Any = None, alt_text: str = "", primary: bool = False
) -> Any:
    """Add a picture behind the others, or before them as the primary; the first is primary anyway.

    ``upload`` is an open file with ``size``. It is decoded before any lock is taken; then the listing is
    locked. The files of an addition that fails are removed. Raises NotOwner, ImageTooLarge, UnsupportedImage,
    TooManyImages, NotFound, Refused by MAY_UPDATE.
    """
    require_owner(listing, actor)
    [image] = _add(listing, [prepare_image(upload)], actor, alt_text=alt_text, primary=primary)
    return image


def add_images(*, listing: Any, pictures: Sequence[PreparedImage], actor: Any = None) -> list[Any]:
    """Add several pictures behind the others in their order, or none of them.

    ``prepare_image`` makes them of uploads, before any lock is taken. Their files are stored, then the
    listing is locked; the files of an addition that fails are removed. Raises NotOwner, TooManyImages,
    NotFound, Refused by MAY_UPDATE.
    """
    require_owner(listing, actor)
    return _add(listing, pictures, actor)


@transaction.atomic
def set_primary_image(*, listing: Any, image_id: Any, actor: Any = None) -> Any:
    """Move a picture before all others. Locks the listing.

    Raises NotOwner, NotFound, Refused by MAY_UPDATE.
    """
    listing = _changeable(listing.pk, actor)
    image = _image_of(listing, image_id)
    first = listing.images.aggregate(first=Min("position"))["first"]
    if image.position != first:
        image.position = first - 1
        image.save(update_fields=["position"])
    return image


@transaction.atomic
def update_image(*, listing: Any, image_id: Any, alt_text: str, actor: Any = None) -> Any:
    """Change a picture's alternative text. Locks the listing.

    Raises NotOwner, NotFound, Refused by MAY_UPDATE.
    """
    listing = _changeable(listing.pk, actor)
    image = _image_of(listing, image_id)
    image.alt_text = alt_text
    image.save(update_fields=["alt_text"])
    return image


@transaction.atomic
def remove_image(*, listing: Any, image_id: Any, actor: Any = None) -> None:
    """Remove a picture, and its files after the commit; the next one becomes primary if it was.

    Locks the listing. Raises NotOwner, NotFound, Refused by MAY_UPDATE.
    """
    listing = _changeable(listing.pk, actor)
    image = _image_of(listing, image_id)
    image.delete_files_after_commit()
    image.delete()


def _add(
    listing: Any,
    pictures: Sequence[PreparedImage],
    actor: Any,
    *,
    alt_text: str = "",
    primary: bool = False,
) -> list[Any]:
    images: list[Any] = []
    try:
        for picture in pictures:
            images.append(_stored(listing, picture, alt_text))
        _insert(listing.pk, images, actor, primary=primary)
    except BaseException:
        for image in images:
            image.delete_files()
        raise
    return images


def _stored(listing: Any, picture: PreparedImage, alt_text: str) -> Any:
    """An image whose files are in the storage, and which is no row yet."""
    image = get_listing_image_model()(
        listing_id=listing.pk,
        width=picture.width,
        height=picture.height,
        thumbnail_widths=sorted(picture.thumbnails),
        alt_text=alt_text,
    )
    image.image.save(str(picture.original.name), picture.original, save=False)
    try:
        for width, content in picture.thumbnails.items():
            image.image.storage.save(image.thumbnail_name(width), content)
    except BaseException:
        image.delete_files()
        raise
    return image


@transaction.atomic
def _insert(pk: Any, images: list[Any], actor: Any, *, primary: bool) -> None:
    listing = _changeable(pk, actor)
    span = listing.images.aggregate(first=Min("position"), last=Max("position"), count=Count("pk"))
    if span["count"] + len(images) > marketplace_settings.IMAGES_PER_LISTING:
        raise TooManyImages(most=marketplace_settings.IMAGES_PER_LISTING)
    start = 0
    if span["count"]:
        start = span["first"] - len(images) if primary else span["last"] + 1
    for position, image in enumerate(images, start):
        image.position = position
        image.save(force_insert=True)


def _changeable(pk: Any, actor: Any) -> Any:
    """The listing under its lock, for an actor who may change what it shows."""
    listing = locked_listing(pk)
    require_owner(listing, actor)
    ask(marketplace_settings.MAY_UPDATE, actor=actor, listing=listing)
    return listing


def _image_of(listing: Any, image_id: Any) -> Any:
    try:
        return listing.images.get(pk=image_id)
    except (get_listing_image_model().DoesNotExist, ValidationError, ValueError, TypeError) as error:
        raise NotFound from error
