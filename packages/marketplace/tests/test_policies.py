from __future__ import annotations

from uuid import UUID

import pytest
from django.contrib.auth import get_user_model
from moneyed import Money

from chowk_core.ids import uuid7
from chowk_core.targets import Target, UnknownTarget
from chowk_marketplace import policies, services
from tests.factories import (
    ActiveListingFactory,
    AuctionedListingFactory,
    ListingFactory,
    OrderFactory,
    UserFactory,
    WonOrderFactory,
    paid,
    reread,
)

pytestmark = pytest.mark.django_db


def code(seller, listing):
    refusal = policies.may_auction(seller=seller, target=Target.of(listing))
    return refusal and refusal.code


def test_a_seller_may_auction_an_own_unsold_listing_in_auction_format(seller, stranger):
    pending = ListingFactory(seller=seller, sale_format="auction", price=None)
    active = AuctionedListingFactory(seller=seller)
    sold = WonOrderFactory(listing=AuctionedListingFactory(seller=seller)).lines.get().listing
    archived = AuctionedListingFactory(seller=seller)
    services.archive_listing(listing=archived)

    assert code(seller, pending) is None
    assert code(seller, active) is None
    assert code(stranger, active) == "not_owner"
    assert code(seller, ActiveListingFactory(seller=seller)) == "wrong_sale_format"
    assert code(seller, reread(sold)) == "not_for_sale"
    assert code(seller, reread(archived)) == "not_for_sale"


def test_nothing_but_listings_can_be_auctioned(seller):
    order = OrderFactory(listing__seller=seller)

    for thing in (seller, UserFactory(), order, order.lines.get()):
        with pytest.raises(UnknownTarget):
            code(seller, thing)


def test_somebody_elses_pending_listing_is_not_there(seller, stranger):
    hidden = ListingFactory(seller=seller, sale_format="auction", price=None)
    missing = Target(type=Target.of(hidden).type, id=str(uuid7() if isinstance(hidden.pk, UUID) else 0))

    with pytest.raises(UnknownTarget) as error:
        code(stranger, hidden)
    with pytest.raises(UnknownTarget) as expected:
        missing.get()
    assert error.value.detail == expected.value.detail.replace(missing.id, str(hidden.pk))


def test_a_listing_that_is_not_there(seller):
    target = Target(type=Target.of(ListingFactory()).type, id="0")

    with pytest.raises(UnknownTarget):
        policies.may_auction(seller=seller, target=target)


def test_the_buyer_owes_the_total_until_the_deadline():
    order = OrderFactory(listing__price=Money("12.345", "KWD"))

    charge = policies.charge_for_order(target=Target.of(order), payer=order.buyer)

    assert (charge.payer_id, charge.payee_id) == (str(order.buyer_id), str(order.seller_id))
    assert (charge.amount_minor, charge.currency) == (12345, "KWD")
    assert (charge.payable, charge.refusal, charge.pay_by) == (True, None, order.pay_by)
    assert order.number in charge.description


def test_who_owes_nothing(staff, stranger):
    order = OrderFactory()

    def refused(order, payer):
        charge = policies.charge_for_order(target=Target.of(order), payer=payer)
        return charge.payable, charge.refusal and charge.refusal.code

    assert refused(order, order.seller) == (False, "not_buyer")
    assert refused(order, staff) == (False, "not_buyer")
    assert refused(paid(order), order.buyer) == (False, "already_paid")
    cancelled = OrderFactory()
    services.cancel_order(order=cancelled, actor=cancelled.buyer)
    assert refused(cancelled, cancelled.buyer) == (False, "order_cancelled")
    for target in (Target.of(order), Target(type=Target.of(order).type, id="nothing")):
        with pytest.raises(UnknownTarget):
            policies.charge_for_order(target=target, payer=stranger)


def test_an_email_is_nobodys_public_name():
    assert policies.public_name(user=UserFactory(username="zara")) == "zara"
    assert policies.public_name(user=UserFactory(username="zara@example.org")) == "Member"
    assert policies.public_name(user=get_user_model()(first_name="Zara", last_name="Khan")) == "Zara Khan"
