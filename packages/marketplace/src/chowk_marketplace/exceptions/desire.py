"""Refusals about alerts and saved searches."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from chowk_core.exceptions import Conflict, DomainError


class AlertNeedsPrice(Conflict):
    """What is auctioned has no price that could drop."""

    code = "alert_needs_price"
    message = _("This is sold by auction; it has no price that could drop.")


class OtherCurrency(DomainError):
    """An amount in another currency than the listing's."""

    code = "other_currency"
    field = "target_price"
    message = _("Enter an amount in %(currency)s.")


class EmptySearch(DomainError):
    """A saved search narrows nothing."""

    code = "empty_search"
    field = "query"
    message = _("Choose at least one filter, or enter a word.")


class UnsavableFilter(DomainError):
    """A filter that saved searches do not know."""

    code = "unsavable_filter"
    field = "query"
    message = _("A search with “%(name)s” cannot be saved.")


class TooManySearches(Conflict):
    """The user has saved as many searches as they may."""

    code = "too_many_searches"
    message = _("You may save %(most)s searches.")
