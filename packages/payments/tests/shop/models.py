from django.db import models


class Basket(models.Model):
    """Orders of several sellers that are paid together."""

    buyer_id = models.CharField(max_length=64)
    total = models.BigIntegerField(help_text="In minor units.")
    currency = models.CharField(max_length=3, default="USD")

    def __str__(self) -> str:
        return f"basket {self.pk}"


class Order(models.Model):
    """An order as payments need it. People are text: no key of this app depends on another's tables."""

    buyer_id = models.CharField(max_length=64)
    seller_id = models.CharField(max_length=64)
    total = models.BigIntegerField(help_text="In minor units.")
    currency = models.CharField(max_length=3, default="USD")
    pay_by = models.DateTimeField(null=True)
    fee = models.BigIntegerField(null=True)
    basket = models.ForeignKey(Basket, on_delete=models.CASCADE, null=True, related_name="orders")
    open = models.BooleanField(default=True)

    def __str__(self) -> str:
        return f"order {self.pk}"
