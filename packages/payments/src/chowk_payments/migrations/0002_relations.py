import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('chowk_payments', '0001_tables'),
        ('contenttypes', '0002_remove_content_type_name'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        migrations.swappable_dependency(settings.CHOWK_PAYMENTS_ACCOUNT_MODEL),
        migrations.swappable_dependency(settings.CHOWK_PAYMENTS_DISCOUNT_MODEL),
        migrations.swappable_dependency(settings.CHOWK_PAYMENTS_HOLD_MODEL),
        migrations.swappable_dependency(settings.CHOWK_PAYMENTS_PAYMENT_MODEL),
        migrations.swappable_dependency(settings.CHOWK_PAYMENTS_PAYMENT_PART_MODEL),
        migrations.swappable_dependency(settings.CHOWK_PAYMENTS_REFUND_MODEL),
        migrations.swappable_dependency(settings.CHOWK_PAYMENTS_TRANSFER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='Transfer',
            name='reverses',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reversals', to=settings.CHOWK_PAYMENTS_TRANSFER_MODEL, verbose_name='reverses'),
        ),
        migrations.AddIndex(
            model_name='Transfer',
            index=models.Index(condition=models.Q(('reverses__isnull', False)), fields=['reverses'], name='transfer_by_reversed'),
        ),
        migrations.AddField(
            model_name='Balance',
            name='account',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='balance', to=settings.CHOWK_PAYMENTS_ACCOUNT_MODEL, verbose_name='account'),
        ),
        migrations.AddField(
            model_name='Transfer',
            name='hold',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='transfers', to=settings.CHOWK_PAYMENTS_HOLD_MODEL, verbose_name='hold'),
        ),
        migrations.AddConstraint(
            model_name='Transfer',
            constraint=models.UniqueConstraint(condition=models.Q(('hold__isnull', False)), fields=('hold',), name='chowk_payments_transfer_hold_posted_once'),
        ),
        migrations.AddField(
            model_name='PaymentAttempt',
            name='payment',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='attempts', to=settings.CHOWK_PAYMENTS_PAYMENT_MODEL, verbose_name='payment'),
        ),
        migrations.AddConstraint(
            model_name='PaymentAttempt',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'charge'), ('state__in', ['created', 'requires_action', 'uncertain'])), fields=('payment', 'kind'), name='chowk_payments_paymentattempt_one_open'),
        ),
        migrations.AddConstraint(
            model_name='PaymentAttempt',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'charge'), ('state', 'succeeded')), fields=('payment', 'kind'), name='chowk_payments_paymentattempt_one_charge'),
        ),
        migrations.AddField(
            model_name='Refund',
            name='part',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='refunds', to=settings.CHOWK_PAYMENTS_PAYMENT_PART_MODEL, verbose_name='part'),
        ),
        migrations.AddField(
            model_name='DiscountUse',
            name='discount',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='uses', to=settings.CHOWK_PAYMENTS_DISCOUNT_MODEL, verbose_name='discount'),
        ),
        migrations.AddField(
            model_name='Invoice',
            name='part',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='invoices', to=settings.CHOWK_PAYMENTS_PAYMENT_PART_MODEL, verbose_name='part'),
        ),
        migrations.AddConstraint(
            model_name='Invoice',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'invoice')), fields=('part',), name='chowk_payments_invoice_one_per_part'),
        ),
        migrations.AddField(
            model_name='Transfer',
            name='debit_account',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='debits', to=settings.CHOWK_PAYMENTS_ACCOUNT_MODEL, verbose_name='debit account'),
        ),
        migrations.AddIndex(
            model_name='Transfer',
            index=models.Index(fields=['debit_account', 'created_at'], name='chowk_payme_debit_a_359d70_idx'),
        ),
        migrations.AddField(
            model_name='Transfer',
            name='credit_account',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='credits', to=settings.CHOWK_PAYMENTS_ACCOUNT_MODEL, verbose_name='credit account'),
        ),
        migrations.AddConstraint(
            model_name='Transfer',
            constraint=models.CheckConstraint(condition=models.Q(('debit_account', models.F('credit_account')), _negated=True), name='chowk_payments_transfer_two_accounts'),
        ),
        migrations.AddIndex(
            model_name='Transfer',
            index=models.Index(fields=['credit_account', 'created_at'], name='chowk_payme_credit__65d55e_idx'),
        ),
        migrations.AddField(
            model_name='Hold',
            name='debit_account',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='holds_out', to=settings.CHOWK_PAYMENTS_ACCOUNT_MODEL, verbose_name='debit account'),
        ),
        migrations.AddField(
            model_name='Hold',
            name='credit_account',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='holds_in', to=settings.CHOWK_PAYMENTS_ACCOUNT_MODEL, verbose_name='credit account'),
        ),
        migrations.AddConstraint(
            model_name='Hold',
            constraint=models.CheckConstraint(condition=models.Q(('debit_account', models.F('credit_account')), _negated=True), name='chowk_payments_hold_two_accounts'),
        ),
        migrations.AddField(
            model_name='PaymentAttempt',
            name='refund',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='attempts', to=settings.CHOWK_PAYMENTS_REFUND_MODEL, verbose_name='refund'),
        ),
        migrations.AddConstraint(
            model_name='PaymentAttempt',
            constraint=models.UniqueConstraint(condition=models.Q(('refund__isnull', False), models.Q(('state', 'failed'), _negated=True)), fields=('refund',), name='chowk_payments_paymentattempt_refunded_once'),
        ),
        migrations.AddField(
            model_name='PaymentPart',
            name='payment',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='parts', to=settings.CHOWK_PAYMENTS_PAYMENT_MODEL, verbose_name='payment'),
        ),
        migrations.AddField(
            model_name='PaymentAttempt',
            name='hold',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.CHOWK_PAYMENTS_HOLD_MODEL, verbose_name='hold'),
        ),
        migrations.AddField(
            model_name='ConnectedAccount',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='connected_accounts', to=settings.AUTH_USER_MODEL, verbose_name='user'),
        ),
        migrations.AddConstraint(
            model_name='ConnectedAccount',
            constraint=models.UniqueConstraint(fields=('user', 'gateway'), name='chowk_payments_connectedaccount_one_each'),
        ),
        migrations.AddField(
            model_name='BankDetails',
            name='user',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='bank_details', to=settings.AUTH_USER_MODEL, verbose_name='user'),
        ),
        migrations.AddField(
            model_name='Payout',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payouts', to=settings.AUTH_USER_MODEL, verbose_name='user'),
        ),
        migrations.AddConstraint(
            model_name='Payout',
            constraint=models.UniqueConstraint(condition=models.Q(('key', ''), _negated=True), fields=('user', 'key'), name='chowk_payments_payout_key_once'),
        ),
        migrations.AddField(
            model_name='Discount',
            name='seller',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='discounts_given', to=settings.AUTH_USER_MODEL, verbose_name='seller'),
        ),
        migrations.AddField(
            model_name='Discount',
            name='user',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='discounts', to=settings.AUTH_USER_MODEL, verbose_name='for user'),
        ),
        migrations.AddField(
            model_name='DiscountUse',
            name='user',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='discount_uses', to=settings.AUTH_USER_MODEL, verbose_name='user'),
        ),
        migrations.AddField(
            model_name='Payment',
            name='target_type',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='contenttypes.contenttype'),
        ),
        migrations.AddConstraint(
            model_name='Payment',
            constraint=models.UniqueConstraint(condition=models.Q(('purpose', 'purchase'), ('state__in', ('created', 'requires_action', 'processing', 'captured', 'released', 'refunding'))), fields=('target_type', 'target_id'), name='chowk_payments_payment_one_live_per_target'),
        ),
        migrations.AddIndex(
            model_name='Payment',
            index=models.Index(fields=['target_type', 'target_id'], name='chowk_payme_target__b78141_idx'),
        ),
        migrations.AddField(
            model_name='PaymentPart',
            name='target_type',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='contenttypes.contenttype'),
        ),
        migrations.AddConstraint(
            model_name='PaymentPart',
            constraint=models.UniqueConstraint(fields=('payment', 'target_type', 'target_id'), name='chowk_payments_paymentpart_target_once'),
        ),
        migrations.AddConstraint(
            model_name='PaymentPart',
            constraint=models.UniqueConstraint(condition=models.Q(('live', True)), fields=('target_type', 'target_id'), name='chowk_payments_paymentpart_one_live_per_target'),
        ),
        migrations.AddIndex(
            model_name='PaymentPart',
            index=models.Index(fields=['target_type', 'target_id'], name='chowk_payme_target__f40baf_idx'),
        ),
        migrations.AddField(
            model_name='Account',
            name='owner',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='ledger_accounts', to=settings.AUTH_USER_MODEL, verbose_name='owner'),
        ),
        migrations.AddConstraint(
            model_name='Account',
            constraint=models.UniqueConstraint(condition=models.Q(('owner__isnull', False)), fields=('owner', 'kind', 'currency', 'name'), name='chowk_payments_account_one_per_owner'),
        ),
        migrations.AddConstraint(
            model_name='Account',
            constraint=models.UniqueConstraint(condition=models.Q(('owner__isnull', True)), fields=('kind', 'currency', 'name'), name='chowk_payments_account_one_of_platform'),
        ),
        migrations.AddConstraint(
            model_name='Account',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'wallet'), _negated=True), ('owner__isnull', False), _connector='OR'), name='chowk_payments_account_wallet_has_owner'),
        ),
        migrations.AddField(
            model_name='Payment',
            name='payer',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payments_made', to=settings.AUTH_USER_MODEL, verbose_name='payer'),
        ),
        migrations.AddConstraint(
            model_name='Payment',
            constraint=models.UniqueConstraint(condition=models.Q(('key', ''), _negated=True), fields=('payer', 'key'), name='chowk_payments_payment_key_once'),
        ),
        migrations.AddIndex(
            model_name='Payment',
            index=models.Index(fields=['payer', 'created_at'], name='chowk_payme_payer_i_765aad_idx'),
        ),
        migrations.AddField(
            model_name='Payment',
            name='payee',
            field=models.ForeignKey(blank=True, help_text='Empty where its parts are for several.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='payments_received', to=settings.AUTH_USER_MODEL, verbose_name='payee'),
        ),
        migrations.AddConstraint(
            model_name='Payment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('payer', models.F('payee')), ('purpose', 'top_up'), models.Q(('method', 'wallet'), _negated=True)), models.Q(('purpose', 'purchase'), models.Q(('payee__isnull', True), models.Q(('payer', models.F('payee')), _negated=True), _connector='OR')), _connector='OR'), name='chowk_payments_payment_parties'),
        ),
        migrations.AddField(
            model_name='PaymentPart',
            name='payee',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payment_parts', to=settings.AUTH_USER_MODEL, verbose_name='payee'),
        ),
        migrations.AddIndex(
            model_name='PaymentPart',
            index=models.Index(fields=['payee', 'created_at'], name='chowk_payme_payee_i_81f153_idx'),
        ),
        migrations.AddField(
            model_name='Refund',
            name='requested_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='refunds_requested', to=settings.AUTH_USER_MODEL, verbose_name='requested by'),
        ),
        migrations.AddConstraint(
            model_name='Refund',
            constraint=models.UniqueConstraint(condition=models.Q(('key', ''), _negated=True), fields=('requested_by', 'key'), name='chowk_payments_refund_key_once'),
        ),
        migrations.AddField(
            model_name='Refund',
            name='decided_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='decided by'),
        ),
        migrations.AddField(
            model_name='Invoice',
            name='seller',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='invoices_issued', to=settings.AUTH_USER_MODEL, verbose_name='seller'),
        ),
        migrations.AddConstraint(
            model_name='Invoice',
            constraint=models.UniqueConstraint(fields=('seller', 'kind', 'year', 'sequence'), name='chowk_payments_invoice_number_once'),
        ),
        migrations.AddField(
            model_name='Invoice',
            name='buyer',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='invoices', to=settings.AUTH_USER_MODEL, verbose_name='buyer'),
        ),
    ]
