import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('chowk_marketplace', '0002_relations'),
    ]

    operations = [
        migrations.CreateModel(
            name='Craft',
            fields=[
                ('listing_ptr', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, related_name='craft', serialize=False, to=settings.CHOWK_MARKETPLACE_LISTING_MODEL)),
                ('artisan', models.CharField(blank=True, max_length=120, verbose_name='artisan')),
                ('material', models.CharField(max_length=80, verbose_name='material')),
                ('technique', models.CharField(blank=True, max_length=80, verbose_name='technique')),
                ('region', models.CharField(blank=True, max_length=80, verbose_name='region')),
            ],
            options={
                'verbose_name': 'craft',
                'verbose_name_plural': 'crafts',
                'indexes': [models.Index(django.db.models.functions.text.Upper('material'), name='shop_craft_material'), models.Index(django.db.models.functions.text.Upper('region'), name='shop_craft_region')],
            },
            bases=('chowk_marketplace.listing',),
        ),
        migrations.CreateModel(
            name='Product',
            fields=[
                ('listing_ptr', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, related_name='product', serialize=False, to=settings.CHOWK_MARKETPLACE_LISTING_MODEL)),
                ('brand', models.CharField(blank=True, max_length=80, verbose_name='brand')),
            ],
            options={
                'verbose_name': 'product',
                'verbose_name_plural': 'products',
                'indexes': [models.Index(django.db.models.functions.text.Upper('brand'), name='shop_product_brand')],
            },
            bases=('chowk_marketplace.listing',),
        ),
    ]
