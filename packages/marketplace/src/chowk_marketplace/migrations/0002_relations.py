import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('chowk_marketplace', '0001_tables'),
        ('contenttypes', '0002_remove_content_type_name'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        migrations.swappable_dependency(settings.CHOWK_MARKETPLACE_CART_MODEL),
        migrations.swappable_dependency(settings.CHOWK_MARKETPLACE_CATEGORY_MODEL),
        migrations.swappable_dependency(settings.CHOWK_MARKETPLACE_CITY_MODEL),
        migrations.swappable_dependency(settings.CHOWK_MARKETPLACE_COMPLAINT_MODEL),
        migrations.swappable_dependency(settings.CHOWK_MARKETPLACE_LISTING_MODEL),
        migrations.swappable_dependency(settings.CHOWK_MARKETPLACE_ORDER_GROUP_MODEL),
        migrations.swappable_dependency(settings.CHOWK_MARKETPLACE_ORDER_LINE_MODEL),
        migrations.swappable_dependency(settings.CHOWK_MARKETPLACE_ORDER_MODEL),
        migrations.swappable_dependency(settings.CHOWK_MARKETPLACE_PROVINCE_MODEL),
        migrations.swappable_dependency(settings.CHOWK_MARKETPLACE_RETURN_MODEL),
        migrations.swappable_dependency(settings.CHOWK_MARKETPLACE_SAVED_SEARCH_MODEL),
        migrations.swappable_dependency(settings.CHOWK_MARKETPLACE_STOCK_MODEL),
        migrations.swappable_dependency(settings.CHOWK_MARKETPLACE_STORE_MODEL),
        migrations.swappable_dependency(settings.CHOWK_MARKETPLACE_VARIANT_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='Listing',
            name='category',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='listings', to=settings.CHOWK_MARKETPLACE_CATEGORY_MODEL, verbose_name='category'),
        ),
        migrations.AddIndex(
            model_name='Listing',
            index=models.Index(fields=['category', 'status', '-created_at'], name='chowk_marke_categor_001f37_idx'),
        ),
        migrations.AddField(
            model_name='Stock',
            name='variant',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='stock', to=settings.CHOWK_MARKETPLACE_VARIANT_MODEL, verbose_name='variant'),
        ),
        migrations.AddField(
            model_name='City',
            name='province',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='cities', to=settings.CHOWK_MARKETPLACE_PROVINCE_MODEL, verbose_name='province'),
        ),
        migrations.AddConstraint(
            model_name='City',
            constraint=models.UniqueConstraint(fields=('province', 'name'), name='chowk_marketplace_city_name'),
        ),
        migrations.AddField(
            model_name='CartItem',
            name='cart',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='items', to=settings.CHOWK_MARKETPLACE_CART_MODEL, verbose_name='cart'),
        ),
        migrations.AddField(
            model_name='Order',
            name='group',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='orders', to=settings.CHOWK_MARKETPLACE_ORDER_GROUP_MODEL, verbose_name='order group'),
        ),
        migrations.AddField(
            model_name='ReturnLine',
            name='goods_return',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='lines', to=settings.CHOWK_MARKETPLACE_RETURN_MODEL, verbose_name='return'),
        ),
        migrations.AddField(
            model_name='ComplaintMessage',
            name='complaint',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='messages', to=settings.CHOWK_MARKETPLACE_COMPLAINT_MODEL, verbose_name='complaint'),
        ),
        migrations.AddIndex(
            model_name='ComplaintMessage',
            index=models.Index(fields=['complaint', 'at'], name='chowk_marke_complai_bf1e32_idx'),
        ),
        migrations.AddField(
            model_name='SavedSearchCriterion',
            name='search',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='criteria', to=settings.CHOWK_MARKETPLACE_SAVED_SEARCH_MODEL),
        ),
        migrations.AddField(
            model_name='Listing',
            name='store',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='listings', to=settings.CHOWK_MARKETPLACE_STORE_MODEL, verbose_name='store'),
        ),
        migrations.AddField(
            model_name='StockChange',
            name='stock',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='changes', to=settings.CHOWK_MARKETPLACE_STOCK_MODEL, verbose_name='stock'),
        ),
        migrations.AddIndex(
            model_name='StockChange',
            index=models.Index(fields=['stock', 'at'], name='chowk_marke_stock_i_62cd13_idx'),
        ),
        migrations.AddField(
            model_name='Address',
            name='city',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='addresses', to=settings.CHOWK_MARKETPLACE_CITY_MODEL, verbose_name='city'),
        ),
        migrations.AddConstraint(
            model_name='Address',
            constraint=models.CheckConstraint(condition=models.Q(('city__isnull', False), models.Q(('city_name', ''), _negated=True), _connector='OR'), name='chowk_marketplace_address_city'),
        ),
        migrations.AddField(
            model_name='StockHold',
            name='cart',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='holds', to=settings.CHOWK_MARKETPLACE_CART_MODEL, verbose_name='cart'),
        ),
        migrations.AddField(
            model_name='OrderLine',
            name='order',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to=settings.CHOWK_MARKETPLACE_ORDER_MODEL, verbose_name='order'),
        ),
        migrations.AddField(
            model_name='Evidence',
            name='complaint',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='evidence', to=settings.CHOWK_MARKETPLACE_COMPLAINT_MODEL, verbose_name='complaint'),
        ),
        migrations.AddField(
            model_name='SavedSearchMatch',
            name='search',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='matches', to=settings.CHOWK_MARKETPLACE_SAVED_SEARCH_MODEL),
        ),
        migrations.AddField(
            model_name='ListingImage',
            name='listing',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='images', to=settings.CHOWK_MARKETPLACE_LISTING_MODEL, verbose_name='listing'),
        ),
        migrations.AddConstraint(
            model_name='ListingImage',
            constraint=models.UniqueConstraint(fields=('listing', 'position'), name='chowk_marketplace_listingimage_one_primary'),
        ),
        migrations.AddField(
            model_name='OrderTransition',
            name='order',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='transitions', to=settings.CHOWK_MARKETPLACE_ORDER_MODEL, verbose_name='order'),
        ),
        migrations.AddIndex(
            model_name='OrderTransition',
            index=models.Index(fields=['order', 'at'], name='chowk_marke_order_i_c4f955_idx'),
        ),
        migrations.AddField(
            model_name='Wish',
            name='listing',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='wishes', to=settings.CHOWK_MARKETPLACE_LISTING_MODEL, verbose_name='listing'),
        ),
        migrations.AddField(
            model_name='CartItem',
            name='variant',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='cart_items', to=settings.CHOWK_MARKETPLACE_VARIANT_MODEL, verbose_name='variant'),
        ),
        migrations.AddConstraint(
            model_name='CartItem',
            constraint=models.UniqueConstraint(fields=('cart', 'variant'), name='chowk_marketplace_cartitem_once'),
        ),
        migrations.AddField(
            model_name='StockHold',
            name='variant',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='holds', to=settings.CHOWK_MARKETPLACE_VARIANT_MODEL, verbose_name='variant'),
        ),
        migrations.AddConstraint(
            model_name='StockHold',
            constraint=models.UniqueConstraint(fields=('cart', 'variant'), name='chowk_marketplace_stockhold_once'),
        ),
        migrations.AddField(
            model_name='Return',
            name='order',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='returns', to=settings.CHOWK_MARKETPLACE_ORDER_MODEL, verbose_name='order'),
        ),
        migrations.AddField(
            model_name='ReturnLine',
            name='order_line',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='return_lines', to=settings.CHOWK_MARKETPLACE_ORDER_LINE_MODEL, verbose_name='order line'),
        ),
        migrations.AddConstraint(
            model_name='ReturnLine',
            constraint=models.UniqueConstraint(fields=('goods_return', 'order_line'), name='chowk_marketplace_returnline_once'),
        ),
        migrations.AddField(
            model_name='PriceAlert',
            name='listing',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='price_alerts', to=settings.CHOWK_MARKETPLACE_LISTING_MODEL, verbose_name='listing'),
        ),
        migrations.AddField(
            model_name='View',
            name='listing',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='views', to=settings.CHOWK_MARKETPLACE_LISTING_MODEL, verbose_name='listing'),
        ),
        migrations.AddField(
            model_name='Complaint',
            name='order',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='complaints', to=settings.CHOWK_MARKETPLACE_ORDER_MODEL, verbose_name='order'),
        ),
        migrations.AddConstraint(
            model_name='Complaint',
            constraint=models.UniqueConstraint(condition=models.Q(('status__in', ['open', 'under_review'])), fields=('order',), name='chowk_marketplace_complaint_one_open'),
        ),
        migrations.AddField(
            model_name='SavedSearchMatch',
            name='listing',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='search_matches', to=settings.CHOWK_MARKETPLACE_LISTING_MODEL),
        ),
        migrations.AddConstraint(
            model_name='SavedSearchMatch',
            constraint=models.UniqueConstraint(fields=('search', 'listing'), name='chowk_marketplace_savedsearchmatch_once'),
        ),
        migrations.AddField(
            model_name='SellerProfile',
            name='user',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='seller_profile', to=settings.AUTH_USER_MODEL, verbose_name='user'),
        ),
        migrations.AddField(
            model_name='Address',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='addresses', to=settings.AUTH_USER_MODEL, verbose_name='user'),
        ),
        migrations.AddConstraint(
            model_name='Address',
            constraint=models.UniqueConstraint(condition=models.Q(('is_default', True)), fields=('user',), name='chowk_marketplace_address_one_default'),
        ),
        migrations.AddField(
            model_name='OrderGroup',
            name='cart',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='order_group', to=settings.CHOWK_MARKETPLACE_CART_MODEL, verbose_name='cart'),
        ),
        migrations.AddField(
            model_name='OrderLine',
            name='variant',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='order_lines', to=settings.CHOWK_MARKETPLACE_VARIANT_MODEL, verbose_name='variant'),
        ),
        migrations.AddField(
            model_name='Listing',
            name='polymorphic_ctype',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='polymorphic_%(app_label)s.%(class)s_set+', to='contenttypes.contenttype'),
        ),
        migrations.AddField(
            model_name='Variant',
            name='seller',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='seller'),
        ),
        migrations.AddConstraint(
            model_name='Variant',
            constraint=models.UniqueConstraint(condition=models.Q(('sku', ''), _negated=True), fields=('seller', 'sku'), name='chowk_marketplace_variant_sku'),
        ),
        migrations.AddField(
            model_name='StockChange',
            name='actor',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by'),
        ),
        migrations.AddField(
            model_name='Cart',
            name='user',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='carts', to=settings.AUTH_USER_MODEL, verbose_name='user'),
        ),
        migrations.AddConstraint(
            model_name='Cart',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'open')), fields=('user',), name='chowk_marketplace_cart_one_a_user'),
        ),
        migrations.AddConstraint(
            model_name='Cart',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('token', ''), ('user__isnull', False)), models.Q(('user__isnull', True), models.Q(('token', ''), _negated=True)), _connector='OR'), name='chowk_marketplace_cart_owner'),
        ),
        migrations.AddField(
            model_name='OrderGroup',
            name='buyer',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='order_groups', to=settings.AUTH_USER_MODEL, verbose_name='buyer'),
        ),
        migrations.AddIndex(
            model_name='OrderGroup',
            index=models.Index(fields=['buyer', '-created_at'], name='chowk_marke_buyer_i_221ec0_idx'),
        ),
        migrations.AddField(
            model_name='Order',
            name='buyer',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='purchases', to=settings.AUTH_USER_MODEL, verbose_name='buyer'),
        ),
        migrations.AddIndex(
            model_name='Order',
            index=models.Index(fields=['buyer', '-created_at'], name='chowk_marke_buyer_i_16f40d_idx'),
        ),
        migrations.AddField(
            model_name='Order',
            name='seller',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sales', to=settings.AUTH_USER_MODEL, verbose_name='seller'),
        ),
        migrations.AddConstraint(
            model_name='Order',
            constraint=models.CheckConstraint(condition=models.Q(('buyer', models.F('seller')), _negated=True), name='chowk_marketplace_order_two_sides'),
        ),
        migrations.AddIndex(
            model_name='Order',
            index=models.Index(fields=['seller', '-created_at'], name='chowk_marke_seller__e65811_idx'),
        ),
        migrations.AddField(
            model_name='OrderTransition',
            name='actor',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by'),
        ),
        migrations.AddField(
            model_name='Complaint',
            name='opened_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='opened by'),
        ),
        migrations.AddField(
            model_name='ComplaintMessage',
            name='author',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by'),
        ),
        migrations.AddField(
            model_name='Evidence',
            name='author',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by'),
        ),
        migrations.AddField(
            model_name='Listing',
            name='seller',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='listings', to=settings.AUTH_USER_MODEL, verbose_name='seller'),
        ),
        migrations.AddConstraint(
            model_name='Listing',
            constraint=models.UniqueConstraint(condition=models.Q(('external_reference', ''), _negated=True), fields=('seller', 'external_reference'), name='chowk_marketplace_listing_reference'),
        ),
        migrations.AddIndex(
            model_name='Listing',
            index=models.Index(fields=['seller', 'status'], name='chowk_marke_seller__857eaf_idx'),
        ),
        migrations.AddField(
            model_name='Variant',
            name='listing',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='variants', to=settings.CHOWK_MARKETPLACE_LISTING_MODEL, verbose_name='listing'),
        ),
        migrations.AddConstraint(
            model_name='Variant',
            constraint=models.UniqueConstraint(fields=('listing', 'options'), name='chowk_marketplace_variant_options'),
        ),
        migrations.AddField(
            model_name='OrderLine',
            name='listing',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='order_lines', to=settings.CHOWK_MARKETPLACE_LISTING_MODEL, verbose_name='listing'),
        ),
        migrations.AddField(
            model_name='Store',
            name='owner',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='stores', to=settings.AUTH_USER_MODEL, verbose_name='owner'),
        ),
        migrations.AddField(
            model_name='Wish',
            name='user',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='wishes', to=settings.AUTH_USER_MODEL, verbose_name='user'),
        ),
        migrations.AddConstraint(
            model_name='Wish',
            constraint=models.UniqueConstraint(fields=('user', 'listing'), name='chowk_marketplace_wish_once'),
        ),
        migrations.AddField(
            model_name='PriceAlert',
            name='user',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='price_alerts', to=settings.AUTH_USER_MODEL, verbose_name='user'),
        ),
        migrations.AddConstraint(
            model_name='PriceAlert',
            constraint=models.UniqueConstraint(fields=('user', 'listing'), name='chowk_marketplace_pricealert_once'),
        ),
        migrations.AddField(
            model_name='SavedSearch',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='saved_searches', to=settings.AUTH_USER_MODEL, verbose_name='user'),
        ),
        migrations.AddField(
            model_name='View',
            name='user',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='views', to=settings.AUTH_USER_MODEL, verbose_name='user'),
        ),
        migrations.AddConstraint(
            model_name='View',
            constraint=models.UniqueConstraint(condition=models.Q(('user__isnull', False)), fields=('user', 'listing'), name='chowk_marketplace_view_by_user'),
        ),
        migrations.AddConstraint(
            model_name='View',
            constraint=models.UniqueConstraint(condition=models.Q(('user__isnull', True)), fields=('visitor', 'listing'), name='chowk_marketplace_view_by_session'),
        ),
        migrations.AddConstraint(
            model_name='View',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('user__isnull', False), ('visitor', '')), models.Q(('user__isnull', True), models.Q(('visitor', ''), _negated=True)), _connector='OR'), name='chowk_marketplace_view_viewer'),
        ),
    ]
