"""Products from a table: ``sku,title,category,brand,price,currency,stock`` and, if there, ``description``."""

from __future__ import annotations

from typing import Any

from django.utils.text import slugify
from django.utils.translation import gettext as _

from chowk_marketplace.importing import BadRow, Importer, Row
from parts.importer import price_of, whole
from shop.models import Product


class ProductImporter(Importer):
    """Makes products, each in one variant."""

    columns = ("sku", "title", "category", "brand", "price", "currency", "stock")

    def reference(self, row: Row) -> str:
        return row["sku"].strip()

    def category(self, row: Row) -> list[tuple[str, str]]:
        name = row["category"].strip()
        root = ("products", "Products")
        return [root, (f"products-{slugify(name)}", name)] if slugify(name) else [root]

    def listing(self, row: Row) -> dict[str, Any]:
        if not row["title"].strip():
            raise BadRow(_("title is empty"))
        return {
            "title": row["title"].strip(),
            "description": row.get("description", "").strip(),
            "price": price_of(row),
            "stock": whole(row, "stock", 1),
            "condition": Product.Condition.NEW,
            "brand": row["brand"].strip(),
        }
