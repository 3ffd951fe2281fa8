import django.core.validators
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
            name='Part',
            fields=[
                ('listing_ptr', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, related_name='part', serialize=False, to=settings.CHOWK_MARKETPLACE_LISTING_MODEL)),
                ('brand', models.CharField(blank=True, max_length=60, verbose_name='brand')),
                ('part_number', models.CharField(blank=True, max_length=60, verbose_name='part number')),
                ('warranty_months', models.PositiveSmallIntegerField(default=0, verbose_name='warranty (months)')),
            ],
            options={
                'verbose_name': 'part',
                'verbose_name_plural': 'parts',
                'indexes': [models.Index(django.db.models.functions.text.Upper('brand'), name='parts_part_brand'), models.Index(django.db.models.functions.text.Upper('part_number'), name='parts_part_number')],
            },
            bases=('chowk_marketplace.listing',),
        ),
        migrations.CreateModel(
            name='Fitment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('make', models.CharField(max_length=60, verbose_name='make')),
                ('model', models.CharField(blank=True, help_text='Empty: every model.', max_length=80, verbose_name='model')),
                ('year_from', models.PositiveSmallIntegerField(validators=[django.core.validators.MinValueValidator(1886), django.core.validators.MaxValueValidator(2100)], verbose_name='from')),
                ('year_to', models.PositiveSmallIntegerField(validators=[django.core.validators.MinValueValidator(1886), django.core.validators.MaxValueValidator(2100)], verbose_name='to')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='note')),
                ('part', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='fitments', to='parts.part', verbose_name='part')),
            ],
            options={
                'verbose_name': 'fitment',
                'verbose_name_plural': 'fitments',
                'ordering': ['make', 'model', 'year_from', 'pk'],
                'indexes': [models.Index(django.db.models.functions.text.Upper('make'), django.db.models.functions.text.Upper('model'), 'year_from', 'year_to', name='parts_fitment_car')],
                'constraints': [models.CheckConstraint(condition=models.Q(('year_from__lte', models.F('year_to'))), name='parts_fitment_years'), models.CheckConstraint(condition=models.Q(('year_from__gte', 1886), ('year_to__lte', 2100)), name='parts_fitment_bounds')],
            },
        ),
    ]
