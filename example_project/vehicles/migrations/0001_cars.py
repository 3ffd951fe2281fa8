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
            name='Car',
            fields=[
                ('listing_ptr', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, related_name='car', serialize=False, to=settings.CHOWK_MARKETPLACE_LISTING_MODEL)),
                ('make', models.CharField(max_length=60, verbose_name='make')),
                ('model', models.CharField(blank=True, max_length=80, verbose_name='model')),
                ('year', models.PositiveSmallIntegerField(validators=[django.core.validators.MinValueValidator(1886), django.core.validators.MaxValueValidator(2100)], verbose_name='year')),
                ('mileage', models.PositiveIntegerField(blank=True, help_text='In kilometres.', null=True, verbose_name='mileage')),
                ('transmission', models.CharField(blank=True, choices=[('manual', 'manual'), ('automatic', 'automatic')], max_length=12, verbose_name='transmission')),
                ('fuel', models.CharField(choices=[('petrol', 'petrol'), ('diesel', 'diesel'), ('hybrid', 'hybrid'), ('electric', 'electric'), ('gas', 'liquid or natural gas')], max_length=12, verbose_name='fuel')),
                ('body_style', models.CharField(choices=[('sedan', 'sedan'), ('hatchback', 'hatchback'), ('wagon', 'wagon'), ('convertible', 'convertible'), ('hardtop', 'hardtop')], default='sedan', max_length=12, verbose_name='body')),
            ],
            options={
                'verbose_name': 'car',
                'verbose_name_plural': 'cars',
            },
            bases=('chowk_marketplace.listing',),
        ),
        migrations.CreateModel(
            name='CarSpecification',
            fields=[
                ('car', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='details', serialize=False, to='vehicles.car', verbose_name='car')),
                ('power_hp', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='power (hp)')),
                ('peak_power_rpm', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='at rpm')),
                ('torque_nm', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='torque (Nm)')),
                ('acceleration_s', models.DecimalField(blank=True, decimal_places=1, max_digits=4, null=True, verbose_name='0-100 km/h (s)')),
                ('engine_cc', models.PositiveIntegerField(blank=True, null=True, verbose_name='engine size (cc)')),
                ('engine_type', models.CharField(blank=True, max_length=20, verbose_name='engine type')),
                ('engine_location', models.CharField(blank=True, choices=[('front', 'front'), ('rear', 'rear')], max_length=8, verbose_name='engine location')),
                ('cylinders', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='cylinders')),
                ('aspiration', models.CharField(blank=True, choices=[('natural', 'naturally aspirated'), ('turbo', 'turbocharged')], max_length=8, verbose_name='aspiration')),
                ('fuel_system', models.CharField(blank=True, max_length=20, verbose_name='fuel system')),
                ('compression_ratio', models.DecimalField(blank=True, decimal_places=2, max_digits=4, null=True, verbose_name='compression ratio')),
                ('drivetrain', models.CharField(blank=True, choices=[('fwd', 'front-wheel drive'), ('rwd', 'rear-wheel drive'), ('4wd', 'four-wheel drive')], max_length=4, verbose_name='drivetrain')),
                ('doors', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='doors')),
                ('city_l_100km', models.DecimalField(blank=True, decimal_places=1, max_digits=4, null=True, verbose_name='city (l/100 km)')),
                ('highway_l_100km', models.DecimalField(blank=True, decimal_places=1, max_digits=4, null=True, verbose_name='highway (l/100 km)')),
                ('wheelbase_mm', models.PositiveIntegerField(blank=True, null=True, verbose_name='wheelbase (mm)')),
                ('length_mm', models.PositiveIntegerField(blank=True, null=True, verbose_name='length (mm)')),
                ('width_mm', models.PositiveIntegerField(blank=True, null=True, verbose_name='width (mm)')),
                ('height_mm', models.PositiveIntegerField(blank=True, null=True, verbose_name='height (mm)')),
                ('weight_kg', models.PositiveIntegerField(blank=True, null=True, verbose_name='weight (kg)')),
                ('warranty', models.CharField(blank=True, max_length=200, verbose_name='warranty')),
                ('service_history', models.TextField(blank=True, verbose_name='service history')),
            ],
            options={
                'verbose_name': 'car specification',
                'verbose_name_plural': 'car specifications',
            },
        ),
        migrations.AddIndex(
            model_name='car',
            index=models.Index(django.db.models.functions.text.Upper('make'), django.db.models.functions.text.Upper('model'), 'year', name='vehicles_car_make'),
        ),
        migrations.AddIndex(
            model_name='car',
            index=models.Index(django.db.models.functions.text.Upper('model'), name='vehicles_car_model'),
        ),
        migrations.AddIndex(
            model_name='car',
            index=models.Index(fields=['fuel', 'body_style'], name='vehicles_car_fuel'),
        ),
        migrations.AddIndex(
            model_name='car',
            index=models.Index(fields=['year'], name='vehicles_car_by_year'),
        ),
        migrations.AddIndex(
            model_name='car',
            index=models.Index(fields=['mileage'], name='vehicles_car_mileage'),
        ),
        migrations.AddConstraint(
            model_name='car',
            constraint=models.CheckConstraint(condition=models.Q(('year__gte', 1886), ('year__lte', 2100)), name='vehicles_car_year'),
        ),
    ]
