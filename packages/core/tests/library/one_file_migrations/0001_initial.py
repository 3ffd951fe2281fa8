import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

import chowk_core.ids
import chowk_core.money


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("contenttypes", "0002_remove_content_type_name"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Book",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=chowk_core.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("title", models.CharField(max_length=80)),
                ("price_currency", chowk_core.money.CurrencyField(editable=False, max_length=3)),
                ("price", chowk_core.money.MoneyField(decimal_places=3, max_digits=19)),
                ("position", models.PositiveIntegerField(default=0)),
                (
                    "borrower",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "sequels",
                    models.ManyToManyField(
                        blank=True, related_name="prequels", to=settings.LIBRARY_BOOK_MODEL
                    ),
                ),
            ],
            options={
                "abstract": False,
                "swappable": "LIBRARY_BOOK_MODEL",
            },
        ),
        migrations.CreateModel(
            name="Shelf",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=chowk_core.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=40)),
                (
                    "featured",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.LIBRARY_BOOK_MODEL,
                    ),
                ),
            ],
            options={
                "abstract": False,
                "swappable": "LIBRARY_SHELF_MODEL",
            },
        ),
        migrations.AddField(
            model_name="book",
            name="shelf",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="books",
                to=settings.LIBRARY_SHELF_MODEL,
            ),
        ),
        migrations.CreateModel(
            name="ReadingNote",
            fields=[
                ("target_id", models.CharField(max_length=64)),
                (
                    "id",
                    models.UUIDField(
                        default=chowk_core.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("text", models.TextField()),
                (
                    "book",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notes",
                        to=settings.LIBRARY_BOOK_MODEL,
                    ),
                ),
                (
                    "target_type",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="contenttypes.contenttype",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "swappable": "LIBRARY_READING_NOTE_MODEL",
                "indexes": [
                    models.Index(fields=["target_type", "target_id"], name="library_readingnote_target")
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="shelf",
            constraint=models.UniqueConstraint(
                django.db.models.functions.text.Lower("name"), name="library_shelf_name"
            ),
        ),
        migrations.AddIndex(
            model_name="book",
            index=models.Index(fields=["-title"], name="library_book_title"),
        ),
        migrations.AddIndex(
            model_name="book",
            index=models.Index(
                condition=models.Q(("borrower__isnull", False)), fields=["title"], name="library_book_lent"
            ),
        ),
        migrations.AddConstraint(
            model_name="book",
            constraint=models.CheckConstraint(
                condition=models.Q(("price__gte", 0)), name="library_book_price"
            ),
        ),
        migrations.AddConstraint(
            model_name="book",
            constraint=models.UniqueConstraint(fields=("shelf", "position"), name="library_book_place"),
        ),
    ]
