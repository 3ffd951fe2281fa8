from __future__ import annotations

import tempfile
import threading
from argparse import ArgumentParser
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from chowk_payments.testing.stripe_fake import StripeFake

try:
    from chowk_payments.testing.paypal_fake import PayPalFake
except ImportError:  # its webhooks are signed with a certificate; Stripe's fake needs nothing
    PayPalFake = None  # type: ignore[assignment, misc]

SETTINGS = """Stripe's fake listens on {stripe}, PayPal's on {paypal}. Use them with:

export STRIPE_SECRET_KEY=sk_test_fake STRIPE_WEBHOOK_SECRET={secret}
export PAYPAL_CLIENT_ID=fake PAYPAL_CLIENT_SECRET=fake PAYPAL_WEBHOOK_ID={webhook}
CHOWK_PAYMENTS = {{
    "GATEWAYS": {{
        "stripe": "chowk_payments.gateways.stripe.StripeGateway",
        "paypal": "chowk_payments.gateways.paypal.PayPalGateway",
    }},
    "CARD_GATEWAY": "stripe",
    "METHODS": {{"paypal": "paypal"}},
    "STRIPE_URL": "{stripe}",
    "PAYPAL_URL": "{paypal}",
    "PAYPAL_ROOTS": "{roots}",
}}

Their webhooks go to {site}/api/payments/webhooks/stripe/ and …/paypal/. Stop with Ctrl-C."""

MISSING = "not to be had (pip install 'chowk-payments[paypal]')"
WEBHOOK = "WH-FAKE"


class Command(BaseCommand):
    """Runs the fakes of Stripe and PayPal on this machine until it is interrupted."""

    stealth_options = ("stop",)
    help = "Run fakes of Stripe and PayPal on this machine, and print the settings that use them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8420, help="of Stripe's fake")
        parser.add_argument("--paypal-port", type=int, default=8421, help="of PayPal's fake")
        parser.add_argument("--site", default="http://127.0.0.1:8000", help="where webhooks go")

    def handle(self, *, stop: threading.Event | None = None, **options: Any) -> None:
        site = options["site"].rstrip("/")
        with ExitStack() as running:
            stripe = running.enter_context(StripeFake(port=options["port"]))
            row = stripe.state.new(
                "we",
                "webhook_endpoint",
                url=f"{site}/api/payments/webhooks/stripe/",
                enabled_events=["*"],
                secret="whsec_fake",  # noqa: S106 - of a fake
                status="enabled",
            )
            paypal, roots = MISSING, ""
            if PayPalFake is not None:
                fake = running.enter_context(PayPalFake(port=options["paypal_port"]))
                fake.add_webhook(WEBHOOK, f"{site}/api/payments/webhooks/paypal/")
                folder = running.enter_context(tempfile.TemporaryDirectory(prefix="chowk_paypal_"))
                path = Path(folder) / "roots.pem"
                path.write_bytes(fake.signer.roots)
                paypal, roots = fake.url, str(path)
            facts = {"stripe": stripe.url, "paypal": paypal, "roots": roots, "site": site}
            self.stdout.write(SETTINGS.format(**facts, secret=row["secret"], webhook=WEBHOOK))
            try:
                (stop or threading.Event()).wait()
            except KeyboardInterrupt:
                self.stdout.write("Stopped.")
