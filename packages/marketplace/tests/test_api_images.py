from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from chowk_marketplace import services
from tests.factories import ActiveListingFactory, ListingFactory, picture

pytestmark = pytest.mark.django_db


def client(user=None):
    found = APIClient()
    if user is not None:
        found.force_authenticate(user)
    return found


def url_of(listing):
    return f"/api/listings/{listing.pk}/images/"


def upload(user, listing, **fields):
    return client(user).post(url_of(listing), {"image": picture(), **fields}, format="multipart")


def test_upload_reorder_describe_remove(seller):
    listing = ActiveListingFactory(seller=seller)

    first = upload(seller, listing, alt_text="Front")
    second = upload(seller, listing, alt_text="Back", primary="true")
    assert (first.status_code, second.status_code) == (201, 201), first.json()
    assert first.json()["url"].startswith("http://testserver/media/listings/")
    assert alts(listing) == ["Back", "Front"]

    one = f"{url_of(listing)}{first.json()['id']}/"
    assert client(seller).post(f"{one}primary/").status_code == 200
    assert client(seller).patch(one, {"alt_text": "Side"}).json()["alt_text"] == "Side"
    assert alts(listing) == ["Side", "Back"]
    assert client(seller).delete(one).status_code == 204
    assert alts(listing) == ["Back"]
    assert client(seller).delete(one).status_code == 404


def alts(listing):
    return [image["alt_text"] for image in client().get(url_of(listing)).json()]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "required"),
        ({"image": "text"}, "invalid"),
        ({"image": b"bytes"}, "unsupported_image"),
        ({"alt_text": "x" * 251}, "max_length"),
    ],
    ids=["none", "text", "bytes", "long"],
)
def test_a_wrong_upload(seller, body, code):
    listing = ListingFactory(seller=seller)
    if isinstance(body.get("image"), bytes):
        body = {"image": picture(name="x.jpg")}
        body["image"].file.truncate(20)
    elif "alt_text" in body:
        body = {**body, "image": picture()}

    response = client(seller).post(url_of(listing), body, format="multipart")

    assert response.status_code == 400
    assert code in {error["code"] for error in response.json()["errors"]}
    assert not listing.images.exists()


def test_whose_images(seller, stranger):
    pending = ListingFactory(seller=seller)
    active = ActiveListingFactory(seller=seller)
    image = services.add_image(listing=active, upload=picture())

    assert upload(stranger, pending).status_code == 404
    assert upload(stranger, active).status_code == 403
    assert upload(None, active).status_code in {401, 403}
    assert client(stranger).delete(f"{url_of(active)}{image.pk}/").status_code == 403
    assert client(stranger).get(url_of(pending)).status_code == 404
    assert client(seller).get(url_of(pending)).json() == []


def test_the_same_upload_twice_is_one(seller):
    listing = ListingFactory(seller=seller)

    answers = [
        client(seller).post(
            url_of(listing), {"image": picture()}, format="multipart", headers={"Idempotency-Key": "k"}
        )
        for _time in range(2)
    ]

    assert answers[0].json() == answers[1].json()
    assert listing.images.count() == 1
