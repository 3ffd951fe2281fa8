import chowk_core.ids
import chowk_core.money
import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Shelf',
            fields=[
                ('id', models.UUIDField(default=chowk_core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=40)),
            ],
            options={
                'abstract': False,
                'swappable': 'LIBRARY_SHELF_MODEL',
                'constraints': [models.UniqueConstraint(django.db.models.functions.text.Lower('name'), name='library_shelf_name')],
            },
        ),
        migrations.CreateModel(
            name='Book',
            fields=[
                ('id', models.UUIDField(default=chowk_core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('title', models.CharField(max_length=80)),
                ('price_currency', chowk_core.money.CurrencyField(editable=False, max_length=3)),
                ('price', chowk_core.money.MoneyField(decimal_places=3, max_digits=19)),
                ('position', models.PositiveIntegerField(default=0)),
            ],
            options={
                'abstract': False,
                'swappable': 'LIBRARY_BOOK_MODEL',
                'indexes': [models.Index(fields=['-title'], name='library_book_title')],
                'constraints': [models.CheckConstraint(condition=models.Q(('price__gte', 0)), name='library_book_price')],
            },
        ),
        migrations.CreateModel(
            name='ReadingNote',
            fields=[
                ('target_id', models.CharField(max_length=64)),
                ('id', models.UUIDField(default=chowk_core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('text', models.TextField()),
            ],
            options={
                'abstract': False,
                'swappable': 'LIBRARY_READING_NOTE_MODEL',
            },
        ),
    ]
