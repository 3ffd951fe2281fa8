"""A stateful PayPal on this machine: enough of its API for shops, driven by PayPal's own client.

with PayPalFake() as fake:
    gateway = PayPalGateway(client_id="x", client_secret="x", url=fake.url)
"""

from chowk_payments.testing.paypal_fake.server import PayPalFake

__all__ = ["PayPalFake"]
