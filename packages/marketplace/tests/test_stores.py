from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from chowk_core.events import Event
from chowk_core.publishing import publish
from chowk_core.testing.events import deliver_all
from chowk_marketplace import services, store_selectors
from chowk_marketplace.exceptions import NotOwner, NotYourStore, StaffOnly, UnknownField
from tests.factories import ActiveListingFactory, ListingFactory, UserFactory, picture, reread, told

pytestmark = pytest.mark.django_db
PROFILES, STORES = "/api/seller-profiles/", "/api/company-stores/"


def client(user=None):
    found = APIClient()
    if user is not None:
        found.force_authenticate(user)
    return found


def codes(response):
    return {(error["attr"], error["code"]) for error in response.json()["errors"]}


def test_a_profile_from_birth_to_end(seller, stranger):
    made = client(seller).post(PROFILES, {"brand": "Khan Motors", "city": "Lahore", "country": "PK"})

    assert made.status_code == 201, made.json()
    url = f"{PROFILES}{made.json()['id']}/"
    assert made.json()["verification"] == "unverified"
    assert made.json()["rating_average"] is None
    assert client().get(url).json()["brand"] == "Khan Motors"
    again = client(seller).post(PROFILES, {})
    assert (again.status_code, codes(again)) == (409, {(None, "profile_exists")})
    assert client(seller).patch(url, {"biography": "Since 1971."}).json()["biography"] == "Since 1971."
    assert client(seller).put(url, {"brand": "Khan"}).json()["brand"] == "Khan"
    assert codes(client(stranger).patch(url, {"brand": "Mine"})) == {(None, "not_owner")}
    assert client().post(PROFILES, {}).status_code in {401, 403}
    assert codes(client(stranger).delete(url)) == {(None, "staff_only")}
    assert client(seller).delete(url).status_code == 204
    assert client().get(url).status_code == 404


def test_a_closed_profile_keeps_its_rating(seller, stranger, staff):
    profile = services.create_seller_profile(user=seller, brand="Khan")
    services.verify_seller(profile=profile, actor=staff)
    services.set_seller_rating(user_id=seller.pk, average=Decimal("1.50"), count=8)
    url = f"{PROFILES}{profile.pk}/"

    assert client(seller).delete(url).status_code == 204

    for viewer, status, count in [(None, 404, 0), (stranger, 404, 0), (seller, 200, 1), (staff, 200, 1)]:
        assert client(viewer).get(url).status_code == status
        assert client(viewer).get(PROFILES).json()["count"] == count
    assert client(seller).get(url).json()["closed_at"] is not None
    services.set_seller_rating(user_id=seller.pk, average=Decimal("1.44"), count=9)
    again = client(seller).post(PROFILES, {"brand": "Honest Khan"})
    assert (again.status_code, again.json()["id"]) == (201, str(profile.pk))
    said = client().get(url).json()
    assert (said["brand"], said["rating_average"], said["rating_count"]) == ("Honest Khan", "1.44", 9)
    assert (said["verification"], said["closed_at"]) == ("verified", None)
    with pytest.raises(StaffOnly):
        services.delete_seller_profile(profile=profile, actor=seller)
    assert client(staff).delete(url).status_code == 204
    assert client(staff).get(url).status_code == 404


def test_what_the_site_says_a_seller_cannot_write(seller):
    made = (
        client(seller)
        .post(PROFILES, {"verification": "verified", "rating_average": "5", "rating_count": 9})
        .json()
    )

    assert (made["verification"], made["rating_average"], made["rating_count"]) == ("unverified", None, 0)
    with pytest.raises(UnknownField):
        services.update_seller_profile(
            profile=store_selectors.seller_profiles().get(), actor=seller, rating_count=9
        )


def test_staff_verify(seller, staff):
    profile = services.create_seller_profile(user=seller)
    url = f"{PROFILES}{profile.pk}/verify/"

    assert codes(client(seller).post(url)) == {(None, "staff_only")}
    answer = client(staff).post(url).json()
    client(staff).post(url)

    assert (answer["verification"], answer["verified"]) == ("verified", True)
    assert reread(profile).verified_at is not None
    assert told("seller_verified") == [{"user_id": str(seller.pk), "status": "verified"}]
    assert codes(client(staff).post(url, {"status": "famous"})) == {("status", "invalid_status")}
    assert client(staff).post(url, {"status": "rejected"}).json()["verified"] is False
    assert client().get(PROFILES, {"verification": "verified"}).json()["count"] == 0


class SellerRatingChanged(Event, name="ratings.seller_rating_changed"):
    def __init__(self, **fields):
        self.fields = fields

    def payload(self):
        return self.fields


class VerificationChanged(SellerRatingChanged, name="trust.verification_changed"):
    """Another package's event, by its name."""


def test_others_events_change_rating_and_verification(seller, django_capture_on_commit_callbacks):
    profile = services.create_seller_profile(user=seller)
    other = UserFactory()
    publish(SellerRatingChanged(user_id=str(seller.pk), average="4.67", count=3))
    publish(SellerRatingChanged(user_id=str(other.pk), average="2", count=1))
    publish(SellerRatingChanged(user_id="gone", average="2", count=1))
    publish(VerificationChanged(user_id=str(seller.pk), status="verified"))
    publish(VerificationChanged(user_id=str(UserFactory().pk), status="verified"))
    deliver_all()

    found = reread(profile)
    assert (found.rating_average, found.rating_count, found.verification) == (Decimal("4.67"), 3, "verified")
    assert store_selectors.seller_profiles().get(user=other).rating_count == 1


def test_a_store_with_pictures(seller, stranger):
    made = client(seller).post(
        STORES, {"name": "Khan Motors", "logo": picture((900, 900))}, format="multipart"
    )

    assert made.status_code == 201, made.json()
    assert (made.json()["slug"], made.json()["owner"]["id"]) == ("khan-motors", str(seller.pk))
    assert made.json()["logo"].endswith(".jpg")
    store = store_selectors.store_for("khan-motors")
    assert (store.logo.width, store.logo.height) == (512, 512)
    url = f"{STORES}{store.pk}/"
    twin = client(stranger).post(STORES, {"name": "Khan Motors"}).json()
    assert twin["slug"] == "khan-motors-2"
    taken = client(seller).patch(url, {"slug": "khan-motors-2"})
    assert (taken.status_code, codes(taken)) == (409, {("slug", "slug_taken")})
    bad = client(seller).patch(url, {"banner": picture(name="x.png", image_format="GIF")}, format="multipart")
    assert codes(bad) == {("image", "unsupported_image")}
    assert codes(client(stranger).patch(url, {"name": "Mine"})) == {(None, "not_owner")}
    kept, name = store.logo.storage, store.logo.name
    assert client(seller).patch(url, {"logo": None}, format="json").json()["logo"] is None
    assert client(seller).delete(url).status_code == 204
    assert kept.exists(name), "the files go only after the commit"


def test_a_picture_of_a_rolled_back_store_is_refused_before_it_is_written(seller, stranger):
    store = services.create_store(owner=seller, name="Mine")

    with pytest.raises(NotOwner):
        services.set_store_picture(store=store, actor=stranger, which="logo", upload=picture())
    with pytest.raises(UnknownField):
        services.set_store_picture(store=store, actor=seller, which="name", upload=None)
    assert not reread(store).logo


def test_a_listing_stands_in_a_store_of_its_seller(seller, stranger):
    store = services.create_store(owner=seller, name="Mine")
    listing = ActiveListingFactory(seller=seller, store=store)
    ListingFactory(seller=seller, store=store)

    with pytest.raises(NotYourStore):
        ListingFactory(seller=stranger, store=store)
    other = ListingFactory(seller=stranger)
    answer = client(stranger).patch(f"/api/listings/{other.pk}/", {"store": "mine"})
    assert codes(answer) == {("store", "not_your_store")}
    assert codes(client(stranger).patch(f"/api/listings/{other.pk}/", {"store": "no"})) == {
        ("store", "unknown_store")
    }
    assert client().get("/api/listings/").json()["results"][0]["store"] == "mine"
    assert client(seller).patch(f"/api/listings/{listing.pk}/", {"store": None}).json()["store"] is None
    services.update_listing(listing=listing, actor=seller, store=store)
    assert client().get(f"{STORES}{store.pk}/").json()["listing_count"] == 1
    services.delete_store(store=store, actor=seller)
    assert reread(listing).store_id is None


def test_stores_are_filtered_and_statements_do_not_grow(seller, staff):
    def statements():
        with CaptureQueriesContext(connection) as captured:
            assert client().get(STORES).status_code == 200
        return len(captured)

    services.create_store(owner=seller, name="First", city="Lahore")
    services.verify_seller(profile=services.create_seller_profile(user=seller), actor=staff)
    few = statements()
    for number in range(5):
        services.create_store(owner=UserFactory(), name=f"Store {number}")

    assert statements() == few <= 2
    assert [row["name"] for row in client().get(STORES, {"verified": "true"}).json()["results"]] == ["First"]
    assert client().get(STORES, {"verified": "false"}).json()["count"] == 5
    assert client().get(STORES, {"city": "lahore"}).json()["count"] == 1
    assert client(seller).get(STORES, {"mine": "true"}).json()["count"] == 1
    assert client().get(STORES, {"mine": "true"}).json()["count"] == 0
    assert client().get(STORES, {"search": "store 3"}).json()["count"] == 1


def test_staff_feature_a_listing(seller, staff):
    listing = ActiveListingFactory(seller=seller)
    url = f"/api/listings/{listing.pk}/"

    assert codes(client(seller).post(f"{url}feature/")) == {(None, "staff_only")}
    client(seller).patch(url, {"featured": True})
    assert not reread(listing).featured
    assert client(staff).post(f"{url}feature/").json()["featured"] is True
    assert client(staff).post(f"{url}feature/", {"featured": False}).json()["featured"] is False
    assert len(told("listing_changed")) == 3
