from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from chowk_marketplace import selectors, services
from chowk_marketplace.exceptions import CategoryInUse, SlugTaken, WrongMove
from tests.factories import ActiveListingFactory, CategoryFactory, ListingFactory

pytestmark = pytest.mark.django_db
URL = "/api/categories/"


def client(user=None):
    found = APIClient()
    if user is not None:
        found.force_authenticate(user)
    return found


def tree():
    return [
        (node.slug, node.depth, node.listing_count, node.parent_slug) for node in selectors.category_tree()
    ]


def test_counts_are_of_active_listings_in_and_below():
    furniture = CategoryFactory(name="Furniture")
    chairs = CategoryFactory(name="Chairs", parent=furniture)
    books = CategoryFactory(name="Books")
    for category in (furniture, chairs, chairs):
        ActiveListingFactory(category=category)
    ListingFactory(category=books)

    assert tree() == [("furniture", 1, 3, None), ("chairs", 2, 2, "furniture"), ("books", 1, 0, None)]


def test_lists_are_in_tree_order():
    furniture = CategoryFactory(name="Furniture")
    CategoryFactory(name="Books")
    CategoryFactory(name="Chairs", parent=furniture)

    assert [row["slug"] for row in client().get(URL).json()["results"]] == ["furniture", "chairs", "books"]


def test_counts_follow_a_move(django_assert_num_queries):
    furniture, garden = CategoryFactory(name="Furniture"), CategoryFactory(name="Garden")
    chairs = CategoryFactory(name="Chairs", parent=furniture)
    ActiveListingFactory(category=CategoryFactory(name="Oak", parent=chairs))

    services.move_category(category=chairs, parent=garden)

    with django_assert_num_queries(1):
        assert tree() == [
            ("furniture", 1, 0, None),
            ("garden", 1, 1, None),
            ("chairs", 2, 1, "garden"),
            ("oak", 3, 1, "chairs"),
        ]


def test_moves_to_the_top_and_never_under_itself():
    furniture = CategoryFactory(name="Furniture")
    chairs = CategoryFactory(name="Chairs", parent=furniture)

    with pytest.raises(WrongMove):
        services.move_category(category=furniture, parent=chairs)
    services.move_category(category=chairs)

    assert tree() == [("furniture", 1, 0, None), ("chairs", 1, 0, None)]


def test_a_slug_is_unique_and_a_category_in_use_stays():
    furniture = CategoryFactory(name="Furniture")
    chairs = CategoryFactory(name="Chairs", parent=furniture)
    ListingFactory(category=chairs)

    with pytest.raises(SlugTaken):
        CategoryFactory(name="Chairs")
    with pytest.raises(SlugTaken):
        services.update_category(category=chairs, slug="furniture")
    for category in (furniture, chairs):
        with pytest.raises(CategoryInUse):
            services.delete_category(category=category)

    assert len(tree()) == 2


def test_everybody_reads_and_staff_write(staff, stranger):
    made = client(staff).post(URL, {"name": "Furniture"})
    assert made.status_code == 201, made.json()
    child = client(staff).post(URL, {"name": "Chairs", "parent": "furniture", "slug": "seats"})
    assert (child.json()["parent"], child.json()["depth"]) == ("furniture", 2)
    url = f"{URL}{child.json()['id']}/"

    assert [row["slug"] for row in client().get(URL).json()["results"]] == ["furniture", "seats"]
    assert client().get(url).json()["name"] == "Chairs"
    for viewer in (None, stranger):
        assert client(viewer).post(URL, {"name": "x"}).status_code in {401, 403}
        assert client(viewer).delete(url).status_code in {401, 403}
    assert client(staff).patch(url, {"name": "Stools", "parent": None}).json()["depth"] == 1
    assert client(staff).delete(url).status_code == 204
    assert client(staff).get(url).status_code == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"name": ""}, 400),
        ({"name": "x" * 121}, 400),
        ({"name": "x", "slug": "not a slug"}, 400),
        ({"name": "x", "parent": "nothing"}, 400),
        ({"name": "Furniture"}, 409),
    ],
    ids=str,
)
def test_wrong_categories(staff, body, status):
    CategoryFactory(name="Furniture")

    response = client(staff).post(URL, body)

    assert response.status_code == status, response.json()
    assert len(tree()) == 1
