"""Telling many of one listing: in batches, and without keeping its seller and its buyers waiting."""

from __future__ import annotations

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from moneyed import Money

from chowk_core.testing.events import deliver_all
from chowk_marketplace import services
from chowk_marketplace.models import get_price_alert_model, get_saved_search_match_model
from tests.factories import ActiveListingFactory, UserFactory, told
from tests.race import together


@pytest.fixture
def searchers(db):
    """Seven who look for what is in Lahore."""
    users = [UserFactory() for _time in range(7)]
    for user in users:
        services.save_search(user=user, name="x", query={"city": ["Lahore"]})
    return users


@pytest.fixture
def in_threes(settings):
    settings.CHOWK_MARKETPLACE = {"FAN_OUT_BATCH": 3}


def alerted(listing, count=7):
    for _time in range(count):
        services.set_price_alert(user=UserFactory(), listing=listing)


def told_users(name):
    return sorted(payload["user_id"] for payload in told(name))


@pytest.mark.django_db
@pytest.mark.parametrize("count", [6, 7])
def test_searches_are_told_in_batches(in_threes, count):
    users = [UserFactory() for _time in range(count)]
    for user in users:
        services.save_search(user=user, name="x", query={"city": ["Lahore"]})
    listing = ActiveListingFactory(city="Lahore")

    assert services.tell_saved_searches(listing=listing) == 3
    assert len(told("saved_search_matched")) == 3
    deliver_all()

    assert told_users("saved_search_matched") == sorted(str(user.pk) for user in users)
    assert get_saved_search_match_model()._default_manager.count() == count


@pytest.mark.django_db
def test_alerts_are_told_in_batches(in_threes):
    listing = ActiveListingFactory()
    alerted(listing)

    services.update_listing(listing=listing, actor=None, price=Money(90, "USD"))
    assert services.tell_price_drops(listing=listing) == 3
    deliver_all()

    assert len(set(told_users("price_dropped"))) == len(told("price_dropped")) == 7
    known = get_price_alert_model()._default_manager.values_list("last_price", flat=True)
    assert set(known) == {90}


@pytest.mark.django_db
def test_the_statements_do_not_grow_with_those_told(searchers):
    def statements(listing, service):
        with CaptureQueriesContext(connection) as captured:
            assert service(listing=listing)
        return len(captured)

    few, many = (ActiveListingFactory(city="Lahore") for _time in range(2))
    alerted(few, 1)
    alerted(many, 12)
    for listing in (few, many):
        services.update_listing(listing=listing, actor=None, price=Money(90, "USD"))
    assert statements(few, services.tell_price_drops) == statements(many, services.tell_price_drops)

    base = statements(few, services.tell_saved_searches)
    for _time in range(12):
        services.save_search(user=UserFactory(), name="x", query={"city": ["Lahore"]})
    assert statements(many, services.tell_saved_searches) == base


@pytest.mark.django_db(transaction=True)
def test_two_tellers_tell_each_search_and_alert_once(searchers):
    listing = ActiveListingFactory(city="Lahore")
    alerted(listing)
    services.update_listing(listing=listing, actor=None, price=Money(90, "USD"))
    before = len(told("saved_search_matched")), len(told("price_dropped"))
    rows = get_saved_search_match_model()._default_manager
    rows.all().delete()
    get_price_alert_model()._default_manager.update(last_price=100)

    together([lambda: services.tell_saved_searches(listing=listing)] * 4)
    together([lambda: services.tell_price_drops(listing=listing)] * 4)

    assert before == (7, 7), "told by the handlers of the inline relay"
    assert len(told("saved_search_matched")) == len(told("price_dropped")) == 14
    assert rows.count() == 7


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_listing_is_changed_while_many_are_told_of_it(searchers):
    listing = ActiveListingFactory(city="Lahore")
    get_saved_search_match_model()._default_manager.all().delete()
    alerted(listing)
    get_price_alert_model()._default_manager.update(last_price=120)

    def change():
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '300ms'")  # the handlers after it do wait, and come again
        return services.update_listing(listing=listing, actor=None, title="Another").title

    with transaction.atomic():
        assert services.tell_saved_searches(listing=listing) == 7
        assert services.tell_price_drops(listing=listing) == 7
        [answer] = together([change])

    assert answer == "Another"
