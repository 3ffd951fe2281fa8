import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('contenttypes', '0002_remove_content_type_name'),
        ('library', '0001_tables'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        migrations.swappable_dependency(settings.LIBRARY_BOOK_MODEL),
        migrations.swappable_dependency(settings.LIBRARY_SHELF_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='Book',
            name='sequels',
            field=models.ManyToManyField(blank=True, related_name='prequels', to=settings.LIBRARY_BOOK_MODEL),
        ),
        migrations.AddField(
            model_name='Shelf',
            name='featured',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.LIBRARY_BOOK_MODEL),
        ),
        migrations.AddField(
            model_name='Book',
            name='shelf',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='books', to=settings.LIBRARY_SHELF_MODEL),
        ),
        migrations.AddConstraint(
            model_name='Book',
            constraint=models.UniqueConstraint(fields=('shelf', 'position'), name='library_book_place'),
        ),
        migrations.AddField(
            model_name='ReadingNote',
            name='book',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notes', to=settings.LIBRARY_BOOK_MODEL),
        ),
        migrations.AddField(
            model_name='Book',
            name='borrower',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            model_name='Book',
            index=models.Index(condition=models.Q(('borrower__isnull', False)), fields=['title'], name='library_book_lent'),
        ),
        migrations.AddField(
            model_name='ReadingNote',
            name='target_type',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='contenttypes.contenttype'),
        ),
        migrations.AddIndex(
            model_name='ReadingNote',
            index=models.Index(fields=['target_type', 'target_id'], name='library_readingnote_target'),
        ),
    ]
