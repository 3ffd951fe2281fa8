"""What Chowk's templates say with: money, time, icons, form fields, and other packages' panels."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from babel import Locale
from babel.numbers import format_currency, get_currency_symbol
from django import forms, template
from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.shortcuts import resolve_url
from django.template.context import RequestContext
from django.utils import formats, timezone, translation
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince, timeuntil
from django.utils.translation import gettext as _
from moneyed import Money

from chowk_core import icons
from chowk_core.money import amount_text, from_minor
from chowk_core.panels import panels_of

register = template.Library()

NEAR = timedelta(days=6)
"""Within this a time is told as a distance, beyond it as a date."""


def _locale() -> str:
    return translation.to_locale(translation.get_language() or "en")


@register.filter
def money(value: Money | None, form: str = "") -> SafeString:
    """A ``Money`` as its currency and the reader's language write it, never wrapped.

    ``form`` "short" leaves out the decimals of a whole amount, for where prices stand in rows.
    """
    if value is None:
        return SafeString("")
    locale = _locale()
    pattern = Locale.parse(locale).currency_formats["standard"].pattern
    whole = form == "short" and value.amount == value.amount.to_integral_value()
    text = format_currency(
        value.amount,
        value.currency.code,
        format=re.sub(r"\.0+", "", pattern) if whole else None,
        locale=locale,
        currency_digits=not whole,
    )
    return format_html('<data class="money" value="{}">{}</data>', str(value.amount), text)


@register.filter
def minor(value: int | None, currency: str) -> SafeString:
    """Minor units of ``currency`` as money: ``{{ bid.price|minor:auction.currency }}``."""
    return money(None if value is None else from_minor(value, currency))


@register.filter
def short_minor(value: int | None, currency: str) -> SafeString:
    """Minor units as money, without the decimals of a whole amount."""
    return money(None if value is None else from_minor(value, currency), "short")


@register.filter
def in_currency(value: str | None, currency: str) -> SafeString:
    """A decimal text of ``currency``, as selectors and events carry it, as money; whole amounts short."""
    return money(None if value is None else Money(value, currency), "short")


@register.filter
def amount(value: int | None, currency: str) -> str:
    """Minor units as the bare decimal that an input holds: 520000 -> "5200.00"."""
    return "" if value is None else amount_text(value, currency)


@register.filter
def currency_symbol(currency: str) -> str:
    """The sign before or after an amount: "$" for "USD"."""
    return get_currency_symbol(currency, locale=_locale())


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An icon of the set; with a label screen readers name it, without they pass over it."""
    return icons.icon(name, label)


@register.filter
def moment(value: datetime | None) -> SafeString:
    """A time: relative when near, a date when far, exact on hover, and always machine-readable."""
    if value is None:
        return SafeString("")
    local, now = timezone.localtime(value), timezone.now()
    if abs(now - value) < timedelta(minutes=1):
        text = _("just now") if value <= now else _("in a moment")
    elif now - NEAR < value <= now:
        text = _("%(time)s ago") % {"time": timesince(value, now, depth=1)}
    elif now < value < now + NEAR:
        text = _("in %(time)s") % {"time": timeuntil(value, now, depth=1)}
    else:
        text = formats.date_format(local, "DATE_FORMAT")
    exact = formats.date_format(local, "DATETIME_FORMAT")
    return format_html('<time datetime="{}" title="{}">{}</time>', value.isoformat(), exact, text)


@register.filter
def exact(value: datetime | None) -> SafeString:
    """A time as date and hour, for deadlines."""
    if value is None:
        return SafeString("")
    text = formats.date_format(timezone.localtime(value), "DATETIME_FORMAT")
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), text)


def clock_text(left: timedelta) -> str:
    """``2d 04:10:09``, ``04:10:09`` or ``10:09``: the form that the countdown keeps to while it ticks."""
    seconds = max(0, int(left.total_seconds()))
    days, seconds = divmod(seconds, 86_400)
    hours, seconds = divmod(seconds, 3600)
    minutes, seconds = divmod(seconds, 60)
    if days:
        return f"{days}d {hours:02}:{minutes:02}:{seconds:02}"
    return f"{hours:02}:{minutes:02}:{seconds:02}" if hours else f"{minutes:02}:{seconds:02}"


@register.filter
def countdown(value: datetime | None) -> SafeString:
    """The time left until ``value``; with script it ticks by the server's clock."""
    if value is None:
        return SafeString("")
    exact = formats.date_format(timezone.localtime(value), "DATETIME_FORMAT")
    return format_html(
        '<time class="clock" datetime="{}" title="{}" data-countdown>{}</time>',
        value.isoformat(), exact, clock_text(value - timezone.now()),
    )  # fmt: skip


@register.filter
def at(mapping: Mapping[str, Any], key: Any) -> Any:
    """The mapping's value for ``key`` (as text), or nothing."""
    return mapping.get(str(key), "")


@register.filter
def words(text: str) -> list[str]:
    """The words of a text, for a loop over names."""
    return text.split()


@register.simple_tag(takes_context=True)
def sign_in_url(context: RequestContext) -> str:
    """Where to sign in (LOGIN_URL), and back to this page afterwards."""
    query = urlencode({REDIRECT_FIELD_NAME: context["request"].get_full_path()})
    return f"{resolve_url(settings.LOGIN_URL)}?{query}"


@register.simple_tag
def form_key() -> SafeString:
    """The hidden key by which ``chowk_core.pages.once`` knows a form that is sent twice."""
    return format_html('<input type="hidden" name="form_key" value="{}">', str(uuid4()))


@register.simple_tag(takes_context=True)
def panels(context: RequestContext, place: str, objects: Any = ()) -> dict[str, SafeString]:
    """What installed packages put at ``place`` for ``objects`` (a list, or one object), by primary key."""
    many = list(objects) if isinstance(objects, Sequence) or hasattr(objects, "__iter__") else [objects]
    return panels_of(place, context["request"], many)


@register.inclusion_tag("chowk_core/includes/field.html")
def field(bound: forms.BoundField, prefix: str = "") -> dict[str, Any]:
    """A form field: label above, hint under, problem at the field and announced with it."""
    widget = bound.field.widget
    described = [f"{bound.id_for_label}-hint"] if bound.help_text else []
    described += [f"{bound.id_for_label}-problem"] if bound.errors else []
    if described:
        widget.attrs["aria-describedby"] = " ".join(described)
    if bound.errors:
        widget.attrs["aria-invalid"] = "true"
    return {"field": bound, "prefix": prefix, "single": not isinstance(widget, forms.RadioSelect)}
