"""The category tree, which staff tend."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import ProtectedError
from django.utils.text import slugify
from treebeard.exceptions import InvalidMoveToDescendant

from chowk_marketplace.exceptions import CategoryInUse, SlugTaken, WrongMove
from chowk_marketplace.models import get_category_model
from chowk_marketplace.services.locking import locked


@transaction.atomic
def create_category(*, name: str, slug: str = "", description: str = "", parent: Any = None) -> Any:
    """Add a category under ``parent``, or at the top, behind its siblings. Locks the tree.

    Raises SlugTaken, NotFound for a parent that is gone.
    """
    model: Any = get_category_model()
    fields = {"name": name, "slug": slug or slugify(name), "description": description}
    _lock_tree()
    _check_slug(fields["slug"])
    if parent is None:
        return model.objects.add_root(fields)
    return model.objects.add_child(locked(model.objects, parent.pk), fields)


@transaction.atomic
def update_category(*, category: Any, **changes: Any) -> Any:
    """Change name, slug or description. Locks the category. Raises SlugTaken, NotFound."""
    category = locked(get_category_model().objects, category.pk)
    for name in ("name", "slug", "description"):
        setattr(category, name, changes.get(name, getattr(category, name)))
    _check_slug(category.slug, except_for=category.pk)
    category.save(update_fields=["name", "slug", "description"])
    return category


@transaction.atomic
def move_category(*, category: Any, parent: Any = None) -> Any:
    """Put a category with all under it last under ``parent``, or at the top. Locks the tree.

    Raises WrongMove under itself, NotFound.
    """
    model: Any = get_category_model()
    _lock_tree()
    category = locked(model.objects, category.pk)
    try:
        if parent is None:
            model.objects.move(category, model.objects.get_root_nodes().last(), pos="last-sibling")
        else:
            model.objects.move(category, locked(model.objects, parent.pk), pos="last-child")
    except InvalidMoveToDescendant as error:
        raise WrongMove from error
    return model.objects.get(pk=category.pk)


@transaction.atomic
def delete_category(*, category: Any) -> None:
    """Remove an empty category. Locks the tree. Raises CategoryInUse, NotFound."""
    _lock_tree()
    category = locked(get_category_model().objects, category.pk)
    if category.numchild:
        raise CategoryInUse
    try:
        category.delete()
    except ProtectedError as error:
        raise CategoryInUse from error


def _lock_tree() -> None:
    """One change of the tree's shape at a time: every shape change locks all roots, in order."""
    list(get_category_model().objects.filter(depth=1).order_by("pk").select_for_update().values_list("pk"))


def _check_slug(slug: str, *, except_for: Any = None) -> None:
    if get_category_model().objects.filter(slug=slug).exclude(pk=except_for).exists():
        raise SlugTaken(slug=slug)
