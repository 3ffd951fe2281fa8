import chowk_core.ids
import django.contrib.auth.models
import django.contrib.auth.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
        ('contenttypes', '0002_remove_content_type_name'),
    ]

    operations = [
        migrations.CreateModel(
            name='User',
            fields=[
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('username', models.CharField(error_messages={'unique': 'A user with that username already exists.'}, help_text='Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.', max_length=150, unique=True, validators=[django.contrib.auth.validators.UnicodeUsernameValidator()], verbose_name='username')),
                ('first_name', models.CharField(blank=True, max_length=150, verbose_name='first name')),
                ('last_name', models.CharField(blank=True, max_length=150, verbose_name='last name')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='email address')),
                ('is_staff', models.BooleanField(default=False, help_text='Designates whether the user can log into this admin site.', verbose_name='staff status')),
                ('is_active', models.BooleanField(default=True, help_text='Designates whether this user should be treated as active. Unselect this instead of deleting accounts.', verbose_name='active')),
                ('date_joined', models.DateTimeField(default=django.utils.timezone.now, verbose_name='date joined')),
                ('id', models.UUIDField(default=chowk_core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
            ],
            options={
                'verbose_name': 'user',
                'verbose_name_plural': 'users',
                'abstract': False,
            },
            managers=[
                ('objects', django.contrib.auth.models.UserManager()),
            ],
        ),
        migrations.CreateModel(
            name='Auction',
            fields=[
                ('target_id', models.CharField(max_length=64)),
                ('format', models.CharField(default='english', max_length=20, verbose_name='format')),
                ('title', models.CharField(max_length=200, verbose_name='title')),
                ('currency', models.CharField(max_length=3, verbose_name='currency')),
                ('starting_price', models.BigIntegerField(verbose_name='starting price')),
                ('reserve_price', models.BigIntegerField(blank=True, null=True, verbose_name='reserve price')),
                ('buy_now_price', models.BigIntegerField(blank=True, null=True, verbose_name='buy-now price')),
                ('price', models.BigIntegerField(verbose_name='price')),
                ('leader_maximum', models.BigIntegerField(blank=True, editable=False, null=True)),
                ('reserve_met', models.BooleanField(default=False, verbose_name='reserve met')),
                ('bid_count', models.PositiveIntegerField(default=0, verbose_name='bids')),
                ('last_sequence', models.PositiveIntegerField(default=0, editable=False)),
                ('sealed_count', models.PositiveIntegerField(default=0, verbose_name='sealed bids')),
                ('watcher_count', models.PositiveIntegerField(default=0, verbose_name='watchers')),
                ('status', models.CharField(choices=[('scheduled', 'scheduled'), ('open', 'open'), ('sold', 'sold'), ('unsold', 'unsold'), ('cancelled', 'cancelled')], default='scheduled', max_length=10, verbose_name='status')),
                ('starts_at', models.DateTimeField(verbose_name='starts at')),
                ('ends_at', models.DateTimeField(verbose_name='ends at')),
                ('hard_ends_at', models.DateTimeField(verbose_name='ends at the latest at')),
                ('extension_window', models.DurationField(verbose_name='extension window')),
                ('extension', models.DurationField(verbose_name='extension')),
                ('length', models.DurationField(editable=False, null=True, verbose_name='planned length')),
                ('ending_soon_lead', models.DurationField(editable=False, null=True)),
                ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='closed at')),
                ('close_failures', models.PositiveIntegerField(default=0, editable=False, verbose_name='failed attempts to close it')),
                ('close_retry_at', models.DateTimeField(editable=False, null=True, verbose_name='next attempt to close it')),
                ('close_error', models.CharField(editable=False, max_length=200, verbose_name='why it could not be closed')),
                ('cancel_reason', models.CharField(blank=True, max_length=500, verbose_name='reason of the cancellation')),
                ('sale_number', models.PositiveSmallIntegerField(default=0, verbose_name='number of the sale')),
                ('sale_price', models.BigIntegerField(blank=True, null=True, verbose_name='price of the sale')),
                ('settle_by', models.DateTimeField(blank=True, null=True, verbose_name='to be settled by')),
                ('settled_at', models.DateTimeField(blank=True, null=True, verbose_name='settled at')),
                ('defaulted_at', models.DateTimeField(blank=True, null=True, verbose_name='defaulted at')),
                ('voided_at', models.DateTimeField(blank=True, null=True, verbose_name='sale undone at')),
                ('reminder_lead', models.DurationField(editable=False, null=True)),
                ('second_chance', models.BooleanField(default=False, help_text='Offer it to the next bidder if the winner does not pay.', verbose_name='second chance')),
                ('below_reserve', models.BooleanField(default=False, help_text='Offer it to bidders who did not reach the reserve, too.', verbose_name='second chance below the reserve')),
                ('pursuing', models.BooleanField(default=False, verbose_name='asking the next bidders')),
                ('unsold_at', models.DateTimeField(blank=True, null=True, verbose_name='unsold since')),
                ('relists_left', models.PositiveSmallIntegerField(default=0, verbose_name='relistings left')),
                ('relist_price', models.BigIntegerField(blank=True, null=True, verbose_name='starting price of relistings')),
                ('relisted_at', models.DateTimeField(blank=True, null=True, verbose_name='relisted at')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('note', models.CharField(blank=True, max_length=80)),
                ('buyer', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='buyer')),
                ('leader', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='leader')),
                ('relisted_from', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.CHOWK_AUCTIONS_AUCTION_MODEL, verbose_name='relisted from')),
                ('seller', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='seller')),
                ('target_type', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='contenttypes.contenttype')),
            ],
            options={
                'verbose_name': 'auction',
                'verbose_name_plural': 'auctions',
                'ordering': ['ends_at', 'pk'],
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Bid',
            fields=[
                ('sequence', models.PositiveIntegerField(verbose_name='number')),
                ('kind', models.CharField(choices=[('bid', 'bid'), ('raise', 'raise'), ('buy_now', 'buy now'), ('retraction', 'retraction')], default='bid', max_length=10, verbose_name='kind')),
                ('maximum', models.BigIntegerField(editable=False)),
                ('price', models.BigIntegerField(verbose_name='price after it')),
                ('reserve_met', models.BooleanField(verbose_name='reserve met')),
                ('extended_to', models.DateTimeField(blank=True, null=True, verbose_name='extended the end to')),
                ('placed_at', models.DateTimeField(verbose_name='placed at')),
                ('retracted_at', models.DateTimeField(blank=True, null=True, verbose_name='retracted at')),
                ('reason', models.CharField(blank=True, max_length=40, verbose_name='reason')),
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('auction', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='bids', to=settings.CHOWK_AUCTIONS_AUCTION_MODEL, verbose_name='auction')),
                ('bidder', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='bidder')),
                ('leader', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='leader after it')),
            ],
            options={
                'verbose_name': 'bid',
                'verbose_name_plural': 'bids',
                'ordering': ['auction', 'sequence'],
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='BlockedBidder',
            fields=[
                ('note', models.CharField(blank=True, max_length=200, verbose_name='note to oneself')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='since')),
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('auction', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.CHOWK_AUCTIONS_AUCTION_MODEL, verbose_name='known from the auction')),
                ('bidder', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='bidder')),
                ('seller', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='seller')),
            ],
            options={
                'verbose_name': 'blocked bidder',
                'verbose_name_plural': 'blocked bidders',
                'ordering': ['-created_at', '-pk'],
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='SealedBid',
            fields=[
                ('sequence', models.PositiveIntegerField(verbose_name='number')),
                ('ciphertext', models.TextField(editable=False)),
                ('commitment', models.CharField(max_length=64, verbose_name='commitment')),
                ('nonce', models.CharField(blank=True, max_length=64, verbose_name='nonce')),
                ('placed_at', models.DateTimeField(verbose_name='placed at')),
                ('revealed_at', models.DateTimeField(blank=True, null=True, verbose_name='revealed at')),
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('auction', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='sealed_bids', to=settings.CHOWK_AUCTIONS_AUCTION_MODEL, verbose_name='auction')),
                ('bidder', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='bidder')),
            ],
            options={
                'verbose_name': 'sealed bid',
                'verbose_name_plural': 'sealed bids',
                'ordering': ['auction', 'sequence'],
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='SecondChanceOffer',
            fields=[
                ('number', models.PositiveSmallIntegerField(verbose_name='number')),
                ('amount', models.BigIntegerField(editable=False)),
                ('status', models.CharField(choices=[('pending', 'pending'), ('accepted', 'accepted'), ('declined', 'declined'), ('expired', 'expired')], default='pending', max_length=10, verbose_name='status')),
                ('offered_at', models.DateTimeField(verbose_name='offered at')),
                ('expires_at', models.DateTimeField(verbose_name='expires at')),
                ('answered_at', models.DateTimeField(blank=True, null=True, verbose_name='answered at')),
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('auction', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='second_chance_offers', to=settings.CHOWK_AUCTIONS_AUCTION_MODEL, verbose_name='auction')),
                ('bidder', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='bidder')),
            ],
            options={
                'verbose_name': 'second-chance offer',
                'verbose_name_plural': 'second-chance offers',
                'ordering': ['auction', 'number'],
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Watch',
            fields=[
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='since')),
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('auction', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='watches', to=settings.CHOWK_AUCTIONS_AUCTION_MODEL, verbose_name='auction')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='user')),
            ],
            options={
                'verbose_name': 'watch',
                'verbose_name_plural': 'watches',
                'ordering': ['-created_at', '-pk'],
                'abstract': False,
            },
        ),
        migrations.AddIndex(
            model_name='auction',
            index=models.Index(fields=['target_type', 'target_id'], name='chowk_auction_target'),
        ),
        migrations.AddIndex(
            model_name='auction',
            index=models.Index(fields=['status', 'ends_at'], name='chowk_auction_ends'),
        ),
        migrations.AddIndex(
            model_name='auction',
            index=models.Index(condition=models.Q(('status', 'scheduled')), fields=['starts_at'], name='chowk_auction_starts'),
        ),
        migrations.AddIndex(
            model_name='auction',
            index=models.Index(condition=models.Q(('defaulted_at__isnull', True), ('settled_at__isnull', True), ('status', 'sold'), ('voided_at__isnull', True)), fields=['settle_by'], name='chowk_auction_due'),
        ),
        migrations.AddIndex(
            model_name='auction',
            index=models.Index(condition=models.Q(('pursuing', True)), fields=['settle_by'], name='chowk_auction_pursued'),
        ),
        migrations.AddIndex(
            model_name='auction',
            index=models.Index(condition=models.Q(('relisted_at__isnull', True), ('relists_left__gt', 0), ('status', 'unsold')), fields=['unsold_at'], name='chowk_auction_relist'),
        ),
        migrations.AddConstraint(
            model_name='auction',
            constraint=models.CheckConstraint(condition=models.Q(('starting_price__gte', 1), models.Q(('reserve_price__isnull', True), ('reserve_price__gte', models.F('starting_price')), _connector='OR'), models.Q(('buy_now_price__isnull', True), ('buy_now_price__gte', models.F('starting_price')), _connector='OR'), models.Q(('buy_now_price__isnull', True), ('reserve_price__isnull', True), ('buy_now_price__gte', models.F('reserve_price')), _connector='OR')), name='swapped_auction_prices'),
        ),
        migrations.AddConstraint(
            model_name='auction',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('bid_count', 0), ('leader__isnull', True), ('leader_maximum__isnull', True), ('price', models.F('starting_price'))), models.Q(('bid_count__gte', 1), ('leader__isnull', False), ('leader_maximum__gte', models.F('price')), ('price__gte', models.F('starting_price'))), _connector='OR'), name='swapped_auction_standing'),
        ),
        migrations.AddConstraint(
            model_name='auction',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('leader_maximum__isnull', False), ('reserve_met', True), models.Q(('reserve_price__isnull', True), ('leader_maximum__gte', models.F('reserve_price')), _connector='OR')), models.Q(('reserve_met', False), models.Q(('leader_maximum__isnull', True), ('leader_maximum__lt', models.F('reserve_price')), _connector='OR')), _connector='OR'), name='swapped_auction_reserve'),
        ),
        migrations.AddConstraint(
            model_name='auction',
            constraint=models.CheckConstraint(condition=models.Q(('leader__isnull', True), models.Q(('leader', models.F('seller')), _negated=True), _connector='OR'), name='swapped_auction_own'),
        ),
        migrations.AddConstraint(
            model_name='auction',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at')), ('hard_ends_at__gte', models.F('ends_at'))), name='swapped_auction_times'),
        ),
        migrations.AddConstraint(
            model_name='auction',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', True), ('status__in', ('scheduled', 'open'))), models.Q(('closed_at__isnull', False), ('status__in', ('unsold', 'cancelled', 'sold'))), _connector='OR'), name='swapped_auction_closed'),
        ),
        migrations.AddConstraint(
            model_name='auction',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'sold'), ('buyer__isnull', False), ('sale_number__gte', 1), ('sale_price__gte', models.F('starting_price')), ('settle_by__isnull', False), models.Q(('defaulted_at__isnull', True), models.Q(('settled_at__isnull', True), ('voided_at__isnull', True)), _connector='OR')), models.Q(('status', 'unsold'), ('buyer__isnull', False), ('sale_number__gte', 1), ('sale_price__gte', models.F('starting_price')), ('settle_by__isnull', False), ('defaulted_at__isnull', False), ('settled_at__isnull', True), ('voided_at__isnull', True)), models.Q(models.Q(('status', 'sold'), _negated=True), ('buyer__isnull', True), ('defaulted_at__isnull', True), ('sale_number', 0), ('sale_price__isnull', True), ('settle_by__isnull', True), ('settled_at__isnull', True), ('voided_at__isnull', True)), _connector='OR'), name='swapped_auction_settlement'),
        ),
        migrations.AddConstraint(
            model_name='auction',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'unsold'), ('unsold_at__isnull', False)), models.Q(models.Q(('status', 'unsold'), _negated=True), ('unsold_at__isnull', True)), _connector='OR'), name='swapped_auction_unsold'),
        ),
        migrations.AddConstraint(
            model_name='auction',
            constraint=models.CheckConstraint(condition=models.Q(('pursuing', False), models.Q(('defaulted_at__isnull', False), ('status', 'sold')), _connector='OR'), name='swapped_auction_pursuing'),
        ),
        migrations.AddConstraint(
            model_name='auction',
            constraint=models.CheckConstraint(condition=models.Q(('relist_price__isnull', True), models.Q(('relist_price__gte', 1), ('relist_price__lte', models.F('starting_price'))), _connector='OR'), name='swapped_auction_relist_price'),
        ),
        migrations.AddConstraint(
            model_name='auction',
            constraint=models.CheckConstraint(condition=models.Q(('buyer__isnull', True), models.Q(('buyer', models.F('seller')), _negated=True), _connector='OR'), name='swapped_auction_own_buyer'),
        ),
        migrations.AddConstraint(
            model_name='auction',
            constraint=models.UniqueConstraint(condition=models.Q(('relisted_from__isnull', False)), fields=('relisted_from',), name='swapped_auction_relisted_once'),
        ),
        migrations.AddConstraint(
            model_name='auction',
            constraint=models.UniqueConstraint(condition=models.Q(('status__in', ('scheduled', 'open')), models.Q(('defaulted_at__isnull', True), ('settled_at__isnull', True), ('status', 'sold'), ('voided_at__isnull', True)), ('pursuing', True), _connector='OR'), fields=('target_type', 'target_id'), name='swapped_auction_one_unfinished'),
        ),
        migrations.AddConstraint(
            model_name='bid',
            constraint=models.UniqueConstraint(fields=('auction', 'sequence'), name='swapped_bid_sequence'),
        ),
        migrations.AddConstraint(
            model_name='bid',
            constraint=models.CheckConstraint(condition=models.Q(('maximum__gte', 1), ('price__gte', 1), ('sequence__gte', 1)), name='swapped_bid_amounts'),
        ),
        migrations.AddConstraint(
            model_name='bid',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'retraction'), ('reserve_met', False), ('retracted_at__isnull', True)), models.Q(('kind', 'retraction'), ('leader__isnull', False), ('retracted_at__isnull', True)), models.Q(models.Q(('kind', 'retraction'), _negated=True), ('leader__isnull', False)), _connector='OR'), name='swapped_bid_step'),
        ),
        migrations.AddConstraint(
            model_name='blockedbidder',
            constraint=models.UniqueConstraint(condition=models.Q(('auction__isnull', True)), fields=('seller', 'bidder'), name='swapped_blockedbidder_once'),
        ),
        migrations.AddConstraint(
            model_name='blockedbidder',
            constraint=models.UniqueConstraint(condition=models.Q(('auction__isnull', False)), fields=('seller', 'bidder', 'auction'), name='swapped_blockedbidder_once_named'),
        ),
        migrations.AddConstraint(
            model_name='blockedbidder',
            constraint=models.CheckConstraint(condition=models.Q(('seller', models.F('bidder')), _negated=True), name='swapped_blockedbidder_not_oneself'),
        ),
        migrations.AddConstraint(
            model_name='sealedbid',
            constraint=models.UniqueConstraint(fields=('auction', 'bidder'), name='swapped_sealedbid_bidder'),
        ),
        migrations.AddConstraint(
            model_name='sealedbid',
            constraint=models.UniqueConstraint(fields=('auction', 'sequence'), name='swapped_sealedbid_sequence'),
        ),
        migrations.AddConstraint(
            model_name='sealedbid',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('nonce', ''), ('revealed_at__isnull', True)), models.Q(('revealed_at__isnull', False), models.Q(('nonce', ''), _negated=True)), _connector='OR'), name='swapped_sealedbid_revealed'),
        ),
        migrations.AddConstraint(
            model_name='secondchanceoffer',
            constraint=models.UniqueConstraint(fields=('auction', 'number'), name='swapped_secondchanceoffer_number'),
        ),
        migrations.AddConstraint(
            model_name='secondchanceoffer',
            constraint=models.UniqueConstraint(fields=('auction', 'bidder'), name='swapped_secondchanceoffer_bidder'),
        ),
        migrations.AddConstraint(
            model_name='secondchanceoffer',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'pending')), fields=('auction',), name='swapped_secondchanceoffer_one_pending'),
        ),
        migrations.AddConstraint(
            model_name='secondchanceoffer',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gte', 1), ('number__gte', 1), ('expires_at__gt', models.F('offered_at'))), name='swapped_secondchanceoffer_terms'),
        ),
        migrations.AddConstraint(
            model_name='secondchanceoffer',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('answered_at__isnull', True), ('status', 'pending')), models.Q(models.Q(('status', 'pending'), _negated=True), ('answered_at__isnull', False)), _connector='OR'), name='swapped_secondchanceoffer_answered'),
        ),
        migrations.AddConstraint(
            model_name='watch',
            constraint=models.UniqueConstraint(fields=('auction', 'user'), name='swapped_watch_once'),
        ),
    ]
