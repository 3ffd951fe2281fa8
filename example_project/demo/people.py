"""Who is there: two accounts for the visitor, staff, and the people who keep the house alive."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from accounts.models import User
from chowk_payments import services as payments
from chowk_payments.gateways.base import Card
from chowk_payments.selectors import wallet_in

PASSWORD = "chowk-demo"  # noqa: S105 - printed for everybody to use
DOMAIN = "chowk.example"


@dataclass(frozen=True)
class Person:
    """Somebody of the demonstration. ``role`` says what they are there for."""

    login: str
    name: str
    city: str
    role: str

    @property
    def email(self) -> str:
        return f"{self.login}@{DOMAIN}"


VISITORS = (
    Person("ben", "Ben Okafor", "Lahore", "buys: money in the wallet, orders in several states"),
    Person("amina", "Amina Khan", "Karachi", "sells: cars under the hammer, one to send"),
    Person("staff", "Zara Malik", "Islamabad", "runs the place: /admin/"),
)
SELLERS = (
    Person("imran", "Imran Motors", "Lahore", "seller"),
    Person("greta", "Greta Holm", "Islamabad", "seller"),
    Person("tariq", "Tariq Classics", "Karachi", "seller"),
)
BIDDERS = (
    Person("bilal", "Bilal Aslam", "Lahore", "bidder"),
    Person("chen", "Chen Wei", "Karachi", "bidder"),
    Person("dara", "Dara Lindqvist", "Islamabad", "bidder"),
    Person("elif", "Elif Kaya", "Multan", "bidder"),
    Person("farid", "Farid Noor", "Quetta", "bidder"),
    Person("hana", "Hana Sato", "Karachi", "bidder"),
    Person("jonas", "Jonas Weber", "Lahore", "bidder"),
)


def people() -> dict[str, User]:
    """Everybody by login, made where they are missing. One password serves all, hashed once."""
    everybody = (*VISITORS, *SELLERS, *BIDDERS)
    known = {user.email: user for user in User.objects.filter(email__in=[one.email for one in everybody])}
    missing = [one for one in everybody if one.email not in known]
    password = make_password(PASSWORD) if missing else ""
    for one in missing:
        known[one.email] = User.objects.create(
            email=one.email,
            display_name=one.name,
            city=one.city,
            password=password,
            kind=User.Kind.COMPANY if one.name.endswith(("Motors", "Classics")) else User.Kind.INDIVIDUAL,
            is_staff=one.login == "staff",
            is_superuser=one.login == "staff",
        )
    return {one.login: known[one.email] for one in everybody}


def card() -> Card:
    """The test card that is always paid."""
    return Card(
        number="4242424242424242",
        expiry_month=12,
        expiry_year=timezone.now().year + 3,
        security_code="123",
    )


def home_of(user: User) -> dict[str, str]:
    """Where somebody of the demonstration has things sent."""
    return {"name": user.display_name, "line1": "Mall Road 12", "city": user.city, "country": "PK"}


def fill_wallet(user: User, minor: int) -> None:
    """See to it that there is ``minor`` in the wallet, from a card."""
    lacking = minor - wallet_in(user).available
    if lacking > 0:
        payments.top_up(payer=user, amount=lacking, currency="USD", card=card())
