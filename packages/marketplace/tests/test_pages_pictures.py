"""A listing's pictures by form, after it was made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from chowk_core.policies import Refused
from chowk_marketplace import services
from chowk_marketplace.exceptions import NotOwner, TooManyImages
from chowk_marketplace.images import prepare_image
from tests.factories import ActiveListingFactory, ListingFactory, UserFactory, picture

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.urls_pages")]

REFUSING = {"MAY_UPDATE": ["tests.test_pages_editing.on_auction"]}


def browser(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def address(listing: Any, *rest: Any) -> str:
    return "/".join(["/listings", str(listing.pk), "pictures", *map(str, rest), ""])


def named(listing: Any, *names: str) -> dict[str, Any]:
    """Pictures of a listing by their descriptions, in that order."""
    return {name: services.add_image(listing=listing, upload=picture(), alt_text=name) for name in names}


def order_of(listing: Any) -> list[str]:
    return [image.alt_text for image in listing.images.order_by("position")]


def stored(listing: Any) -> int:
    """How many files there are of a listing, of earlier tests whose listing had its number too."""
    folder = f"listings/{listing.pk}"
    return len(default_storage.listdir(folder)[1]) if default_storage.exists(folder) else 0


def sizes(listing: Any) -> list[int]:
    return list(listing.images.order_by("position").values_list("width", flat=True))


def test_several_are_added_at_once_behind_the_others() -> None:
    listing = ListingFactory()
    client = browser(listing.seller)
    assert "No pictures yet" in client.get(address(listing)).content.decode()
    named(listing, "a")
    files = [picture((width, 60)) for width in (100, 200, 300)]
    answer = client.post(address(listing), {"images": files, "form_key": uuid4()})
    assert answer["Location"] == address(listing)
    assert sizes(listing) == [800, 100, 200, 300]
    page = client.get(address(listing)).content.decode()
    assert "3 pictures are added." in page
    assert page.count("Primary") == 1
    assert "Picture 4" in page


def test_an_upload_that_is_sent_twice_adds_once() -> None:
    listing = ListingFactory()
    client, key = browser(listing.seller), uuid4()
    for _time in range(2):
        answer = client.post(address(listing), {"images": [picture(), picture()], "form_key": key})
        assert answer["Location"] == address(listing)
    assert listing.images.count() == 2


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"not a picture", "not a picture that can be read"), (b"", "This file is empty.")],
    ids=["text", "empty"],
)
def test_a_bad_file_is_named_at_the_field_and_none_is_added(content: bytes, words: str) -> None:
    listing = ListingFactory()
    client = browser(listing.seller)
    bad, before = SimpleUploadedFile("notes.jpg", content), stored(listing)
    answer = client.post(address(listing), {"images": [picture(), bad], "form_key": uuid4()})
    assert answer.status_code == 400
    first, second = answer.context["form"].errors["images"]
    assert first.startswith("“notes.jpg”: ")
    assert words in first
    assert "choose the others again" in second
    page = answer.content.decode()
    assert page.count('id="id_images-problem"') == 1
    assert (listing.images.count(), stored(listing)) == (0, before)


def test_nothing_chosen_is_said() -> None:
    listing = ListingFactory()
    answer = browser(listing.seller).post(address(listing))
    assert answer.status_code == 400
    assert "Choose a picture first." in answer.content.decode()


def test_no_more_than_a_listing_may_have(settings: Any) -> None:
    settings.CHOWK_MARKETPLACE = {"IMAGES_PER_LISTING": 2}
    listing = ListingFactory()
    client = browser(listing.seller)
    many = client.post(address(listing), {"images": [picture() for _ in range(3)]})
    assert many.status_code == 400
    assert "Choose at most 2." in many.content.decode()
    named(listing, "a")
    two = client.post(address(listing), {"images": [picture(), picture()]})
    assert two.status_code == 409
    assert "Choose at most 1." in two.content.decode()
    last = {"images": picture(), "form_key": uuid4()}
    for _time in range(2):  # the second time it is full
        last["images"].seek(0)
        assert client.post(address(listing), last)["Location"] == address(listing)
    page = client.get(address(listing)).content.decode()
    assert "as many pictures as it may, 2" in page
    assert 'type="file"' not in page
    full = client.post(address(listing), {"images": picture()})
    assert full.status_code == 409
    assert "A listing may have 2 images." in full.content.decode()
    assert listing.images.count() == 2


def test_too_large_a_file_is_named(settings: Any) -> None:
    settings.CHOWK_MARKETPLACE = {"IMAGE_MAX_PIXELS": 10_000}
    listing = ListingFactory()
    answer = browser(listing.seller).post(address(listing), {"images": [picture(name="wide.jpg")]})
    assert answer.status_code == 400
    assert "“wide.jpg”: Choose an image of at most" in answer.content.decode()


def test_another_is_put_first_described_and_removed() -> None:
    listing = ActiveListingFactory()
    client, images = browser(listing.seller), named(listing, "a", "b", "c")

    def act(name: str, verb: str, **fields: str) -> Any:
        answer = client.post(address(listing, images[name].pk, verb), {"form_key": uuid4(), **fields})
        assert answer["Location"] == address(listing)
        return client.get(answer["Location"]).content.decode()

    assert "It comes first now." in act("c", "primary")
    assert order_of(listing) == ["c", "a", "b"]
    assert "The description is saved." in act("a", "describe", alt_text="From the side")
    assert order_of(listing) == ["c", "From the side", "b"]
    assert "The picture is removed." in act("c", "remove")
    assert order_of(listing) == ["From the side", "b"]
    assert client.get(address(listing, images["a"].pk, "remove"))["Location"] == address(listing)
    assert order_of(listing) == ["From the side", "b"]


def test_a_removal_is_asked_about_first_and_sent_twice_removes_one() -> None:
    listing = ListingFactory()
    client, images = browser(listing.seller), named(listing, "a", "b")
    assert "gone for good" in client.get(address(listing)).content.decode()
    sent = {"form_key": uuid4()}
    for _time in range(2):
        assert client.post(address(listing, images["a"].pk, "remove"), sent)["Location"] == address(listing)
    assert order_of(listing) == ["b"]
    assert client.post(address(listing, images["a"].pk, "remove")).status_code == 404


def test_too_long_a_description_is_said_at_its_field() -> None:
    listing = ListingFactory()
    client, images = browser(listing.seller), named(listing, "a", "b")
    answer = client.post(address(listing, images["b"].pk, "describe"), {"alt_text": "x" * 251})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert f'id="id_{images["b"].pk}_alt_text-problem"' in page
    assert f'id="id_{images["a"].pk}_alt_text-problem"' not in page
    assert order_of(listing) == ["a", "b"]


def test_what_the_site_refuses_is_said_and_changes_nothing(settings: Any) -> None:
    listing = ActiveListingFactory()
    client, images = browser(listing.seller), named(listing, "a", "b")
    settings.CHOWK_MARKETPLACE = REFUSING
    page = client.get(address(listing)).content.decode()
    assert "It is being auctioned." in page
    assert 'type="file"' not in page
    assert "Remove" not in page
    refused = client.post(address(listing), {"images": picture()})
    assert refused.status_code == 403
    assert "It is being auctioned." in refused.content.decode()
    for verb in ("primary", "describe", "remove"):
        client.post(address(listing, images["b"].pk, verb), {"alt_text": "c"})
        assert "It is being auctioned." in client.get(address(listing)).content.decode()
    assert order_of(listing) == ["a", "b"]


def test_they_are_for_the_seller_and_staff() -> None:
    listing, stranger = ActiveListingFactory(), browser(UserFactory())
    images = named(listing, "a", "b")
    one = address(listing, images["b"].pk, "primary")
    assert stranger.get(address(listing)).status_code == 404
    assert stranger.post(address(listing), {"images": picture()}).status_code == 404
    assert stranger.post(one).status_code == 404
    assert "login" in Client().get(address(listing))["Location"]
    assert "login" in Client().post(one)["Location"]
    assert order_of(listing) == ["a", "b"]
    browser(UserFactory(is_staff=True)).post(one)
    assert order_of(listing) == ["b", "a"]


@pytest.mark.parametrize("key", ["nobody", "0", "💥", str(uuid4())])
def test_what_is_not_there_is_404(key: str) -> None:
    listing, other = ListingFactory(), ListingFactory()
    client = browser(listing.seller)
    for verb in ("primary", "describe", "remove"):
        assert client.post(address(listing, key, verb)).status_code == 404
    [strange] = named(other, "a").values()
    assert client.post(address(listing, strange.pk, "remove")).status_code == 404
    [own] = named(listing, "b").values()
    assert client.post(address(listing, own.pk, "eat")).status_code == 404


def test_the_page_costs_as_many_statements_however_many_pictures() -> None:
    listing = ListingFactory()
    client = browser(listing.seller)

    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(address(listing))
        return len(captured)

    named(listing, "a")
    few = statements()
    named(listing, *"bcdef")
    assert statements() == few


def test_all_of_several_are_added_or_none(settings: Any) -> None:
    listing = ListingFactory()
    pictures, before = [prepare_image(picture()) for _ in range(2)], stored(listing)
    refusals: list[tuple[type[Exception], dict[str, Any], Callable[[], Any]]] = [
        (TooManyImages, {"IMAGES_PER_LISTING": 1}, lambda: listing.seller),
        (Refused, REFUSING, lambda: listing.seller),
        (NotOwner, {}, UserFactory),
    ]
    for error, rules, actor in refusals:
        settings.CHOWK_MARKETPLACE = rules
        with pytest.raises(error):
            services.add_images(listing=listing, pictures=pictures, actor=actor())
        assert (listing.images.count(), stored(listing)) == (0, before)
    settings.CHOWK_MARKETPLACE = {}
    assert len(services.add_images(listing=listing, pictures=pictures, actor=listing.seller)) == 2
    assert stored(listing) - before == 2 * (1 + len(pictures[0].thumbnails))
