
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('chowk_marketplace', '0002_relations'),
        migrations.swappable_dependency(settings.CHOWK_MARKETPLACE_LISTING_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Book',
            fields=[
                ('listing_ptr', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, serialize=False, to=settings.CHOWK_MARKETPLACE_LISTING_MODEL)),
                ('author', models.CharField(max_length=80)),
                ('pages', models.PositiveIntegerField(default=1)),
            ],
            options={
                'abstract': False,
            },
            bases=(settings.CHOWK_MARKETPLACE_LISTING_MODEL.lower(),),
        ),
    ]
