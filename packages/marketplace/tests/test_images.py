from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from PIL import Image

from chowk_core.exceptions import NotFound
from chowk_core.policies import Refused
from chowk_marketplace import services
from chowk_marketplace.exceptions import ImageTooLarge, NotOwner, TooManyImages, UnsupportedImage
from chowk_marketplace.models import get_listing_image_model
from tests.factories import ListingFactory, picture, reread

pytestmark = pytest.mark.django_db


def stored(image):
    with default_storage.open(image.image.name) as file:
        return Image.open(io.BytesIO(file.read()))


def order_of(listing):
    return [image.alt_text for image in listing.images.order_by("position")]


def test_the_first_image_is_primary_and_others_follow():
    listing = ListingFactory()

    for name in "abc":
        services.add_image(listing=listing, upload=picture(), alt_text=name)

    assert order_of(listing) == ["a", "b", "c"]
    assert reread(listing).primary_image.alt_text == "a"


def test_a_policy_may_keep_the_pictures_as_they_are(settings):
    listing = ListingFactory()
    first, second = (services.add_image(listing=listing, upload=picture(), alt_text=name) for name in "ab")
    settings.CHOWK_MARKETPLACE = {"MAY_UPDATE": ["tests.test_listing_status.refuse_all"]}
    folder = str(Path(first.image.name).parent)
    files = set(default_storage.listdir(folder)[1])

    one = {"listing": listing, "image_id": second.pk, "actor": listing.seller}
    for change in (
        lambda: services.add_image(listing=listing, upload=picture(), actor=listing.seller),
        lambda: services.set_primary_image(**one),
        lambda: services.update_image(**one, alt_text="c"),
        lambda: services.remove_image(**one),
    ):
        with pytest.raises(Refused):
            change()

    assert order_of(listing) == ["a", "b"]
    assert set(default_storage.listdir(folder)[1]) == files


def test_another_becomes_primary():
    listing = ListingFactory()
    images = {name: services.add_image(listing=listing, upload=picture(), alt_text=name) for name in "abc"}

    services.set_primary_image(listing=listing, image_id=images["c"].pk)
    services.set_primary_image(listing=listing, image_id=images["c"].pk)
    services.add_image(listing=listing, upload=picture(), alt_text="d", primary=True)

    assert order_of(listing) == ["d", "c", "a", "b"]


@pytest.mark.django_db(transaction=True)
def test_removal_of_the_primary_promotes_the_next_and_takes_the_files_along():
    listing = ListingFactory()
    first = services.add_image(listing=listing, upload=picture(), alt_text="a")
    services.add_image(listing=listing, upload=picture(), alt_text="b")
    names = [first.image.name, first.thumbnail_name(320), first.thumbnail_name(640)]
    assert all(default_storage.exists(name) for name in names)

    services.remove_image(listing=listing, image_id=first.pk)

    assert order_of(listing) == ["b"]
    assert not any(default_storage.exists(name) for name in names)


@pytest.mark.django_db(transaction=True)
def test_a_deleted_listing_takes_its_files_along():
    listing = ListingFactory()
    image = services.add_image(listing=listing, upload=picture())

    services.delete_listing(listing=listing)

    assert not default_storage.exists(image.image.name)


def test_no_two_images_can_both_be_first():
    listing = ListingFactory()
    first = services.add_image(listing=listing, upload=picture())
    second = services.add_image(listing=listing, upload=picture())

    with pytest.raises(IntegrityError), transaction.atomic():
        get_listing_image_model().objects.filter(pk=second.pk).update(position=first.position)


def test_thumbnails_and_srcset():
    image = services.add_image(listing=ListingFactory(), upload=picture((1000, 500)))

    assert image.thumbnail_widths == [320, 640]
    with default_storage.open(image.thumbnail_name(320)) as file:
        small = Image.open(io.BytesIO(file.read()))
    assert (small.size, small.format) == ((320, 160), "WEBP")
    assert image.thumbnail_url(300).endswith("-320.webp")
    assert image.thumbnail_url(700) == image.image.url
    assert [part.split()[1] for part in image.srcset.split(", ")] == ["320w", "640w", "1000w"]


def test_large_images_are_made_smaller(settings):
    settings.CHOWK_MARKETPLACE = {"IMAGE_MAX_SIDE": 400, "IMAGE_WIDTHS": [100]}

    image = services.add_image(listing=ListingFactory(), upload=picture((1000, 500)))

    assert (image.width, image.height) == stored(image).size == (400, 200)


def test_exif_is_stripped_and_obeyed():
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    exif[0x010E] = "taken at home"
    exif.get_ifd(0x8825)[1] = "N"
    upload = picture((800, 600), exif=exif.tobytes())

    image = services.add_image(listing=ListingFactory(), upload=upload)

    kept = stored(image)
    assert kept.size == (600, 800)
    assert not kept.getexif()
    assert "exif" not in kept.info
    with default_storage.open(image.image.name) as file:
        assert b"taken at home" not in file.read()


def test_a_colour_profile_and_comments_are_not_kept():
    upload = picture((80, 60), icc_profile=b"secret profile", comment=b"secret comment")

    image = services.add_image(listing=ListingFactory(), upload=upload)

    with default_storage.open(image.image.name) as file:
        assert b"secret" not in file.read()


def test_transparency_is_kept():
    image = services.add_image(
        listing=ListingFactory(), upload=picture((80, 60), image_format="PNG", mode="RGBA", name="a.png")
    )

    assert (stored(image).mode, stored(image).format) == ("RGBA", "PNG")


@pytest.mark.parametrize(
    ("image_format", "mode"), [("PNG", "P"), ("PNG", "L"), ("JPEG", "CMYK"), ("WEBP", "RGB")]
)
def test_other_colour_models(image_format, mode):
    buffer = io.BytesIO()
    Image.new("RGB", (50, 50), "red").convert(mode).save(buffer, image_format)

    image = services.add_image(
        listing=ListingFactory(), upload=SimpleUploadedFile("x.jpg", buffer.getvalue())
    )

    assert stored(image).mode in {"RGB", "RGBA"}


def bomb() -> bytes:
    """A PNG of a few hundred bytes whose header claims 60,000 x 60,000 pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", UnsupportedImage),
        (b"not a picture", UnsupportedImage),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", UnsupportedImage),
        (b"GIF89a\x01\x00\x01\x00\x00\x00\x00;", UnsupportedImage),
        (bomb(), ImageTooLarge),
    ],
    ids=["empty", "text", "svg", "gif", "bomb"],
)
def test_what_is_no_acceptable_picture_is_refused(content, error):
    listing = ListingFactory()

    with pytest.raises(error):
        services.add_image(listing=listing, upload=SimpleUploadedFile("photo.jpg", content))

    assert not listing.images.exists()


def test_a_picture_with_damaged_exif_is_refused():
    entries = [(0x112, 3, 1, b"\x06\0\0\0"), (0x100, 2, 1, b"x\0\0\0")]  # turned, and a width that is text
    body = b"".join(struct.pack("<HHI4s", *entry) for entry in entries)
    exif = b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<H", len(entries)) + body + bytes(4)

    with pytest.raises(UnsupportedImage):
        services.add_image(listing=ListingFactory(), upload=picture((40, 30), exif=exif))


def test_a_cut_off_picture_is_refused():
    whole = picture((400, 300)).read()

    with pytest.raises(UnsupportedImage):
        services.add_image(
            listing=ListingFactory(), upload=SimpleUploadedFile("photo.jpg", whole[: len(whole) // 2])
        )


def test_limits_of_bytes_pixels_and_number(settings):
    listing = ListingFactory()
    settings.CHOWK_MARKETPLACE = {"IMAGE_MAX_BYTES": 100}
    with pytest.raises(ImageTooLarge):
        services.add_image(listing=listing, upload=picture())
    settings.CHOWK_MARKETPLACE = {"IMAGE_MAX_PIXELS": 100}
    with pytest.raises(ImageTooLarge):
        services.add_image(listing=listing, upload=picture())
    settings.CHOWK_MARKETPLACE = {"IMAGES_PER_LISTING": 1}
    services.add_image(listing=listing, upload=picture())
    before = files()
    with pytest.raises(TooManyImages):
        services.add_image(listing=listing, upload=picture())
    assert listing.images.count() == 1
    assert files() == before


def files():
    found, folders = [], ["listings"]
    while folders:
        folder = folders.pop()
        inner, names = default_storage.listdir(folder)
        folders += [f"{folder}/{name}" for name in inner]
        found += [f"{folder}/{name}" for name in names]
    return sorted(found)


def test_only_the_seller(stranger):
    listing = ListingFactory()
    image = services.add_image(listing=listing, upload=picture(), actor=listing.seller)

    for call in (
        lambda: services.add_image(listing=listing, upload=picture(), actor=stranger),
        lambda: services.remove_image(listing=listing, image_id=image.pk, actor=stranger),
        lambda: services.set_primary_image(listing=listing, image_id=image.pk, actor=stranger),
        lambda: services.update_image(listing=listing, image_id=image.pk, actor=stranger, alt_text="x"),
    ):
        with pytest.raises(NotOwner):
            call()

    assert order_of(listing) == [""]


def test_another_listings_image_is_not_found():
    listing, other = ListingFactory(), ListingFactory()
    image = services.add_image(listing=other, upload=picture())

    with pytest.raises(NotFound):
        services.set_primary_image(listing=listing, image_id=image.pk)
    with pytest.raises(NotFound):
        services.remove_image(listing=listing, image_id="nothing")

    assert other.images.exists()
