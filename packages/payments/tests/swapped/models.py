from django.contrib.auth.models import AbstractUser
from django.db import models

from chowk_core.ids import uuid7
from chowk_payments import abstract_models as base


class User(AbstractUser):
    """A user with a UUID key."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)


class Account(base.AbstractAccount):
    id = models.BigAutoField(primary_key=True)
    note = models.CharField(max_length=80, blank=True)


class Balance(base.AbstractBalance):
    id = models.BigAutoField(primary_key=True)


class Transfer(base.AbstractTransfer):
    id = models.BigAutoField(primary_key=True)


class Hold(base.AbstractHold):
    id = models.BigAutoField(primary_key=True)


class Payment(base.AbstractPayment):
    id = models.BigAutoField(primary_key=True)


class PaymentAttempt(base.AbstractPaymentAttempt):
    id = models.BigAutoField(primary_key=True)


class PaymentPart(base.AbstractPaymentPart):
    id = models.BigAutoField(primary_key=True)


class Refund(base.AbstractRefund):
    id = models.BigAutoField(primary_key=True)


class WebhookEvent(base.AbstractWebhookEvent):
    id = models.BigAutoField(primary_key=True)


class ConnectedAccount(base.AbstractConnectedAccount):
    id = models.BigAutoField(primary_key=True)


class GatewayRecord(base.AbstractGatewayRecord):
    id = models.BigAutoField(primary_key=True)


class Discount(base.AbstractDiscount):
    id = models.BigAutoField(primary_key=True)


class DiscountUse(base.AbstractDiscountUse):
    id = models.BigAutoField(primary_key=True)


class NumberSeries(base.AbstractNumberSeries):
    id = models.BigAutoField(primary_key=True)


class Invoice(base.AbstractInvoice):
    id = models.BigAutoField(primary_key=True)


class BankDetails(base.AbstractBankDetails):
    id = models.BigAutoField(primary_key=True)


class Payout(base.AbstractPayout):
    id = models.BigAutoField(primary_key=True)
