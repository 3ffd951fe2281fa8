import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('chowk_auctions', '0001_tables'),
        ('contenttypes', '0002_remove_content_type_name'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        migrations.swappable_dependency(settings.CHOWK_AUCTIONS_AUCTION_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='Auction',
            name='relisted_from',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.CHOWK_AUCTIONS_AUCTION_MODEL, verbose_name='relisted from'),
        ),
        migrations.AddConstraint(
            model_name='Auction',
            constraint=models.UniqueConstraint(condition=models.Q(('relisted_from__isnull', False)), fields=('relisted_from',), name='chowk_auctions_auction_relisted_once'),
        ),
        migrations.AddField(
            model_name='Bid',
            name='auction',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='bids', to=settings.CHOWK_AUCTIONS_AUCTION_MODEL, verbose_name='auction'),
        ),
        migrations.AddConstraint(
            model_name='Bid',
            constraint=models.UniqueConstraint(fields=('auction', 'sequence'), name='chowk_auctions_bid_sequence'),
        ),
        migrations.AddField(
            model_name='SealedBid',
            name='auction',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='sealed_bids', to=settings.CHOWK_AUCTIONS_AUCTION_MODEL, verbose_name='auction'),
        ),
        migrations.AddConstraint(
            model_name='SealedBid',
            constraint=models.UniqueConstraint(fields=('auction', 'sequence'), name='chowk_auctions_sealedbid_sequence'),
        ),
        migrations.AddField(
            model_name='SecondChanceOffer',
            name='auction',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='second_chance_offers', to=settings.CHOWK_AUCTIONS_AUCTION_MODEL, verbose_name='auction'),
        ),
        migrations.AddConstraint(
            model_name='SecondChanceOffer',
            constraint=models.UniqueConstraint(fields=('auction', 'number'), name='chowk_auctions_secondchanceoffer_number'),
        ),
        migrations.AddConstraint(
            model_name='SecondChanceOffer',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'pending')), fields=('auction',), name='chowk_auctions_secondchanceoffer_one_pending'),
        ),
        migrations.AddField(
            model_name='Watch',
            name='auction',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='watches', to=settings.CHOWK_AUCTIONS_AUCTION_MODEL, verbose_name='auction'),
        ),
        migrations.AddField(
            model_name='BlockedBidder',
            name='auction',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.CHOWK_AUCTIONS_AUCTION_MODEL, verbose_name='known from the auction'),
        ),
        migrations.AddField(
            model_name='Auction',
            name='target_type',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='contenttypes.contenttype'),
        ),
        migrations.AddConstraint(
            model_name='Auction',
            constraint=models.UniqueConstraint(condition=models.Q(('status__in', ('scheduled', 'open')), models.Q(('defaulted_at__isnull', True), ('settled_at__isnull', True), ('status', 'sold'), ('voided_at__isnull', True)), ('pursuing', True), _connector='OR'), fields=('target_type', 'target_id'), name='chowk_auctions_auction_one_unfinished'),
        ),
        migrations.AddIndex(
            model_name='Auction',
            index=models.Index(fields=['target_type', 'target_id'], name='chowk_auction_target'),
        ),
        migrations.AddField(
            model_name='Auction',
            name='seller',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='seller'),
        ),
        migrations.AddField(
            model_name='Auction',
            name='leader',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='leader'),
        ),
        migrations.AddConstraint(
            model_name='Auction',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('bid_count', 0), ('leader__isnull', True), ('leader_maximum__isnull', True), ('price', models.F('starting_price'))), models.Q(('bid_count__gte', 1), ('leader__isnull', False), ('leader_maximum__gte', models.F('price')), ('price__gte', models.F('starting_price'))), _connector='OR'), name='chowk_auctions_auction_standing'),
        ),
        migrations.AddConstraint(
            model_name='Auction',
            constraint=models.CheckConstraint(condition=models.Q(('leader__isnull', True), models.Q(('leader', models.F('seller')), _negated=True), _connector='OR'), name='chowk_auctions_auction_own'),
        ),
        migrations.AddField(
            model_name='Auction',
            name='buyer',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='buyer'),
        ),
        migrations.AddConstraint(
            model_name='Auction',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'sold'), ('buyer__isnull', False), ('sale_number__gte', 1), ('sale_price__gte', models.F('starting_price')), ('settle_by__isnull', False), models.Q(('defaulted_at__isnull', True), models.Q(('settled_at__isnull', True), ('voided_at__isnull', True)), _connector='OR')), models.Q(('status', 'unsold'), ('buyer__isnull', False), ('sale_number__gte', 1), ('sale_price__gte', models.F('starting_price')), ('settle_by__isnull', False), ('defaulted_at__isnull', False), ('settled_at__isnull', True), ('voided_at__isnull', True)), models.Q(models.Q(('status', 'sold'), _negated=True), ('buyer__isnull', True), ('defaulted_at__isnull', True), ('sale_number', 0), ('sale_price__isnull', True), ('settle_by__isnull', True), ('settled_at__isnull', True), ('voided_at__isnull', True)), _connector='OR'), name='chowk_auctions_auction_settlement'),
        ),
        migrations.AddConstraint(
            model_name='Auction',
            constraint=models.CheckConstraint(condition=models.Q(('buyer__isnull', True), models.Q(('buyer', models.F('seller')), _negated=True), _connector='OR'), name='chowk_auctions_auction_own_buyer'),
        ),
        migrations.AddField(
            model_name='Bid',
            name='bidder',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='bidder'),
        ),
        migrations.AddField(
            model_name='Bid',
            name='leader',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='leader after it'),
        ),
        migrations.AddConstraint(
            model_name='Bid',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'retraction'), ('reserve_met', False), ('retracted_at__isnull', True)), models.Q(('kind', 'retraction'), ('leader__isnull', False), ('retracted_at__isnull', True)), models.Q(models.Q(('kind', 'retraction'), _negated=True), ('leader__isnull', False)), _connector='OR'), name='chowk_auctions_bid_step'),
        ),
        migrations.AddField(
            model_name='SealedBid',
            name='bidder',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='bidder'),
        ),
        migrations.AddConstraint(
            model_name='SealedBid',
            constraint=models.UniqueConstraint(fields=('auction', 'bidder'), name='chowk_auctions_sealedbid_bidder'),
        ),
        migrations.AddField(
            model_name='SecondChanceOffer',
            name='bidder',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='bidder'),
        ),
        migrations.AddConstraint(
            model_name='SecondChanceOffer',
            constraint=models.UniqueConstraint(fields=('auction', 'bidder'), name='chowk_auctions_secondchanceoffer_bidder'),
        ),
        migrations.AddField(
            model_name='Watch',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='user'),
        ),
        migrations.AddConstraint(
            model_name='Watch',
            constraint=models.UniqueConstraint(fields=('auction', 'user'), name='chowk_auctions_watch_once'),
        ),
        migrations.AddField(
            model_name='BlockedBidder',
            name='seller',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='seller'),
        ),
        migrations.AddField(
            model_name='BlockedBidder',
            name='bidder',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='bidder'),
        ),
        migrations.AddConstraint(
            model_name='BlockedBidder',
            constraint=models.UniqueConstraint(condition=models.Q(('auction__isnull', True)), fields=('seller', 'bidder'), name='chowk_auctions_blockedbidder_once'),
        ),
        migrations.AddConstraint(
            model_name='BlockedBidder',
            constraint=models.UniqueConstraint(condition=models.Q(('auction__isnull', False)), fields=('seller', 'bidder', 'auction'), name='chowk_auctions_blockedbidder_once_named'),
        ),
        migrations.AddConstraint(
            model_name='BlockedBidder',
            constraint=models.CheckConstraint(condition=models.Q(('seller', models.F('bidder')), _negated=True), name='chowk_auctions_blockedbidder_not_oneself'),
        ),
    ]
