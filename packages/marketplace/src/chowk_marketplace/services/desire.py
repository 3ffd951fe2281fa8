"""Wishes, price alerts and what was looked at."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from moneyed import Money

from chowk_core.money import amount_text, money_to_minor
from chowk_core.publishing import publish, publish_all
from chowk_marketplace.conf import marketplace_settings
from chowk_marketplace.events import AlertingContinued, PriceDropped
from chowk_marketplace.exceptions import AlertNeedsPrice, OtherCurrency
from chowk_marketplace.guests import fingerprint
from chowk_marketplace.models import get_listing_model, get_price_alert_model, get_view_model, get_wish_model
from chowk_marketplace.services.listings import check_amount


@transaction.atomic
def add_wish(*, user: Any, listing: Any) -> Any:
    """Put a listing on the wishlist of ``user``; again changes nothing. Locks nothing."""
    return get_wish_model()._default_manager.get_or_create(user=user, listing_id=listing.pk)[0]


@transaction.atomic
def remove_wish(*, user: Any, listing: Any) -> None:
    """Take a listing from the wishlist of ``user``, if it stands there."""
    get_wish_model()._default_manager.filter(user=user, listing_id=listing.pk).delete()


@transaction.atomic
def set_price_alert(*, user: Any, listing: Any, target_price: Money | None = None) -> Any:
    """Tell ``user`` when a listing gets cheaper, or as cheap as ``target_price``; replaces an earlier alert.

    Raises AlertNeedsPrice for what is auctioned, OtherCurrency, InvalidPrice, InvalidAmount.
    """
    if listing.price is None:
        raise AlertNeedsPrice
    if target_price is not None:
        check_amount(target_price)
        if target_price.currency != listing.price.currency:
            raise OtherCurrency(currency=listing.price.currency.code)
    alerts: Any = get_price_alert_model()._default_manager
    alert, _made = alerts.get_or_create(
        user=user, listing_id=listing.pk, defaults={"last_price": listing.price}
    )
    alert.target_price, alert.last_price = target_price, listing.price
    alert.save()  # whole: an amount's currency is a column of its own
    return alert


@transaction.atomic
def remove_price_alert(*, alert: Any) -> None:
    """Remove an alert."""
    alert.delete()


@transaction.atomic
def tell_price_drops(*, listing: Any) -> int:
    """Tell the alerts on a listing that it is cheaper than they know, and let them know its price.

    Says ``marketplace.price_dropped`` once a drop and alert, however often it is called, and returns how
    often. At most FAN_OUT_BATCH alerts are looked at: where more may wait, ``marketplace.alerting_continued``
    has its handler go on in a transaction of its own. Locks alerts by key; the price is read after that, so
    that of two who tell the later one knows better.
    """
    if (price := _price_now(listing)) is None:
        return 0
    most = marketplace_settings.FAN_OUT_BATCH
    alerts: list[Any] = list(_unaware(listing, price).order_by("pk").select_for_update(of=("self",))[:most])
    if not alerts or (price := _price_now(listing)) is None:
        return 0
    keys = [alert.pk for alert in alerts]
    get_price_alert_model()._default_manager.filter(pk__in=keys).update(
        last_price=price.amount, last_price_currency=price.currency.code
    )
    dropped = [alert for alert in alerts if _is_drop(alert, price)]
    publish_all(
        [
            PriceDropped(
                alert_id=str(alert.pk),
                user_id=str(alert.user_id),
                listing_id=str(listing.pk),
                title=listing.title,
                old_price=_text(alert.last_price),
                price=_text(price),
                currency=price.currency.code,
            )
            for alert in dropped
        ]
    )
    if len(alerts) == most:
        publish(AlertingContinued(listing_id=str(listing.pk)), stream=f"marketplace.listing:{listing.pk}")
    return len(dropped)


def _price_now(listing: Any) -> Money | None:
    """What an active listing costs by now; None where it has no price or is not for sale."""
    rows: Any = get_listing_model().objects.non_polymorphic()  # type: ignore[attr-defined]
    row = rows.filter(pk=listing.pk, status="active").first()
    return None if row is None else row.price


def _unaware(listing: Any, price: Money) -> Any:
    """The alerts on a listing that know another price than ``price``."""
    alerts = get_price_alert_model()._default_manager.filter(listing=listing.pk)
    return alerts.exclude(last_price=price.amount, last_price_currency=price.currency.code)


@transaction.atomic
def record_view(
    *, listing: Any, user: Any = None, session_key: str = "", now: datetime | None = None
) -> None:
    """Remember that ``user``, or a session's visitor, looked at a listing; the oldest beyond the bound go.

    Of a session its fingerprint is kept. Nothing is remembered of who is neither. Locks nothing.
    """
    known = user is not None and user.is_authenticated
    if not known and not session_key:
        return
    viewer = {"user": user, "visitor": ""} if known else {"user": None, "visitor": fingerprint(session_key)}
    views = get_view_model()._default_manager.filter(**viewer)
    get_view_model()._default_manager.update_or_create(
        **viewer, listing_id=listing.pk, defaults={"viewed_at": now or timezone.now()}
    )
    most = marketplace_settings.RECENTLY_VIEWED
    too_many = list(views.order_by("-viewed_at", "-pk").values_list("pk", flat=True)[most : most + 50])
    if too_many:
        views.filter(pk__in=too_many).delete()


@transaction.atomic
def forget_views(*, now: datetime) -> int:
    """Forget what was looked at longer than RECENTLY_VIEWED_FOR ago, and return how much that was."""
    since = now - marketplace_settings.RECENTLY_VIEWED_FOR
    return get_view_model()._default_manager.filter(viewed_at__lt=since).delete()[0]


def _is_drop(alert: Any, price: Money) -> bool:
    if alert.last_price.currency != price.currency or price >= alert.last_price:
        return False
    return alert.target_price is None or price <= alert.target_price


def _text(price: Money) -> str:
    return amount_text(money_to_minor(price), price.currency.code)
