"""The test kit: one contract for every gateway, and a fake of Stripe."""

from chowk_payments.testing.contract import (
    ChallengingContract,
    DecliningContract,
    GatewayContract,
    OnboardingContract,
    PayingOutContract,
    ReservingContract,
    SettlingContract,
)

__all__ = [
    "ChallengingContract",
    "DecliningContract",
    "GatewayContract",
    "OnboardingContract",
    "PayingOutContract",
    "ReservingContract",
    "SettlingContract",
]
