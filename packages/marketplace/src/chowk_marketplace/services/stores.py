"""Seller profiles and stores."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import slugify

from chowk_core.policies import ask
from chowk_core.publishing import publish
from chowk_marketplace.conf import marketplace_settings
from chowk_marketplace.events import SellerVerified
from chowk_marketplace.exceptions import (
    InvalidStatus,
    NotOwner,
    ProfileExists,
    StaffOnly,
    StoreSlugTaken,
    UnknownField,
)
from chowk_marketplace.images import clean_image, encode_image
from chowk_marketplace.models import get_seller_profile_model, get_store_model
from chowk_marketplace.policies import is_staff
from chowk_marketplace.services.locking import locked

CONTACT = {"email", "phone", "website", "address", "city", "country"}
PROFILE_FIELDS = CONTACT | {"brand", "biography"}
STORE_FIELDS = CONTACT | {"name", "slug", "description"}
SIDES = {"logo": 512, "banner": 1920}
"""At most so many pixels wide and high."""


@transaction.atomic
def create_seller_profile(*, user: Any, **fields: Any) -> Any:
    """The profile of ``user``, who has none or has closed it: that one is opened again. Locks a closed one.

    Raises ProfileExists, UnknownField, Refused by MAY_SELL.
    """
    ask(marketplace_settings.MAY_SELL, seller=user, listing=None)
    _refuse_others(fields, PROFILE_FIELDS)
    closed = get_seller_profile_model()._default_manager.filter(user=user, closed_at__isnull=False)
    if (profile := closed.select_for_update(of=("self",)).first()) is not None:
        profile.closed_at = None
        return _change(profile, fields, PROFILE_FIELDS)
    try:
        with transaction.atomic():
            return get_seller_profile_model()._default_manager.create(user=user, **fields)
    except IntegrityError as error:
        raise ProfileExists from error


@transaction.atomic
def update_seller_profile(*, profile: Any, actor: Any, **changes: Any) -> Any:
    """Change what a seller says of themselves. Locks the profile. Raises NotOwner, UnknownField, NotFound."""
    profile = locked(get_seller_profile_model()._default_manager.all(), profile.pk)
    _require(profile.user_id, actor)
    return _change(profile, changes, PROFILE_FIELDS)


@transaction.atomic
def close_seller_profile(*, profile: Any, actor: Any, now: datetime | None = None) -> Any:
    """Hide a profile from others; verification and rating stay with it. Locks it.

    Raises NotOwner, NotFound.
    """
    profile = locked(get_seller_profile_model()._default_manager.all(), profile.pk)
    _require(profile.user_id, actor)
    if profile.closed_at is None:
        profile.closed_at = now or timezone.now()
        profile.save(update_fields=["closed_at", "updated_at"])
    return profile


@transaction.atomic
def delete_seller_profile(*, profile: Any, actor: Any = None) -> None:
    """Remove a profile, with its verification and rating; ``actor`` None is the site itself. Locks it.

    Raises StaffOnly (a seller would lose a bad rating so: they close it), NotFound.
    """
    if actor is not None and not is_staff(actor):
        raise StaffOnly
    locked(get_seller_profile_model()._default_manager.all(), profile.pk).delete()


@transaction.atomic
def verify_seller(*, profile: Any, actor: Any = None, status: str = "verified") -> Any:
    """Set whether a seller is verified; ``actor`` None is the site itself. Locks the profile.

    Says ``marketplace.seller_verified`` where that changed. Raises StaffOnly, InvalidStatus, NotFound.
    """
    if actor is not None and not is_staff(actor):
        raise StaffOnly
    model = get_seller_profile_model()
    if status not in model.Verification.values:
        raise InvalidStatus(known=", ".join(model.Verification.values))
    profile = locked(model._default_manager.all(), profile.pk)
    if profile.verification != status:
        profile.verification = status
        profile.verified_at = timezone.now() if profile.is_verified else None
        profile.save(update_fields=["verification", "verified_at", "updated_at"])
        publish(SellerVerified(user_id=str(profile.user_id), status=status))
    return profile


@transaction.atomic
def set_seller_rating(*, user_id: Any, average: Decimal | None, count: int) -> None:
    """Take over how a seller is rated; makes the profile of one who has none. Raises no error of its own."""
    model = get_seller_profile_model()
    values = {"rating_average": average if count else None, "rating_count": count}
    model._default_manager.update_or_create(user_id=user_id, defaults=values)


@transaction.atomic
def create_store(*, owner: Any, name: str, slug: str = "", **fields: Any) -> Any:
    """Open a store; its slug is made of the name where none is given.

    Raises StoreSlugTaken, UnknownField, Refused by MAY_SELL.
    """
    ask(marketplace_settings.MAY_SELL, seller=owner, listing=None)
    _refuse_others(fields, STORE_FIELDS)
    model = get_store_model()
    store = model(owner=owner, name=name, slug=slug or _free_slug(model, name), **fields)
    _save_store(store)
    return store


@transaction.atomic
def update_store(*, store: Any, actor: Any, **changes: Any) -> Any:
    """Change a store. Locks it. Raises NotOwner, StoreSlugTaken, UnknownField, NotFound."""
    store = locked(get_store_model()._default_manager.all(), store.pk)
    _require(store.owner_id, actor)
    return _change(store, changes, STORE_FIELDS)


def set_store_picture(*, store: Any, actor: Any, which: str, upload: Any | None) -> Any:
    """Replace a store's "logo" or "banner"; None removes it. The old file goes after the commit.

    The upload is decoded before any lock is taken; then the store is locked. Raises NotOwner, UnknownField,
    ImageTooLarge, UnsupportedImage, NotFound.
    """
    if which not in SIDES:
        raise UnknownField(name=which)
    _require(store.owner_id, actor)
    content = None
    if upload is not None:
        picture = clean_image(upload)
        picture.thumbnail((SIDES[which], SIDES[which]))
        content = encode_image(picture)
    with transaction.atomic():
        store = locked(get_store_model()._default_manager.all(), store.pk)
        _require(store.owner_id, actor)
        old = getattr(store, which)
        if old:
            transaction.on_commit(lambda name=old.name, kept=old.storage: kept.delete(name))  # type: ignore[misc]
        setattr(store, which, "")
        if content is not None:
            getattr(store, which).save(str(content.name), content, save=False)
        store.save(update_fields=[which, "updated_at"])
    return store


@transaction.atomic
def delete_store(*, store: Any, actor: Any) -> None:
    """Close a store; its listings stay, without it. Locks it. Raises NotOwner, NotFound."""
    store = locked(get_store_model()._default_manager.all(), store.pk)
    _require(store.owner_id, actor)
    store.delete_files_after_commit()
    store.delete()


def _require(owner_id: Any, actor: Any) -> None:
    if actor is not None and actor.pk != owner_id and not is_staff(actor):
        raise NotOwner


def _refuse_others(fields: dict[str, Any], known: set[str]) -> None:
    for name in sorted(fields.keys() - known):
        raise UnknownField(name=name)


def _change(row: Any, changes: dict[str, Any], known: set[str]) -> Any:
    _refuse_others(changes, known)
    for name, value in changes.items():
        setattr(row, name, value)
    if isinstance(row, get_store_model()):
        _save_store(row)
    else:
        row.save()
    return row


def _save_store(store: Any) -> None:
    try:
        with transaction.atomic():
            store.save()
    except IntegrityError as error:
        twins = get_store_model()._default_manager.filter(slug=store.slug).exclude(pk=store.pk)
        if twins.exists():
            raise StoreSlugTaken(slug=store.slug) from error
        raise


def _free_slug(model: type[Any], name: str) -> str:
    """The name's slug, with a number behind it where others have it."""
    slug = slugify(name)[:120] or "store"
    taken = set(model._default_manager.filter(slug__startswith=slug).values_list("slug", flat=True))
    return next(one for one in (slug, *(f"{slug}-{n}" for n in range(2, len(taken) + 3))) if one not in taken)
