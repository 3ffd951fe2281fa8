"""A stateful Stripe on this machine: enough of its API for marketplaces, checked by Stripe's own tools.

with StripeFake() as fake:
    client = stripe.StripeClient("sk_test_x", base_addresses={"api": fake.url})
"""

from chowk_payments.testing.stripe_fake.server import StripeFake
from chowk_payments.testing.stripe_fake.webhooks import signed

__all__ = ["StripeFake", "signed"]
