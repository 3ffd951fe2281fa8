"""What happens to accounts."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from accounts.exceptions import EmailTaken
from accounts.models import User, canonical_email


def register(
    *, email: str, password: str, display_name: str, kind: str = User.Kind.INDIVIDUAL, city: str = ""
) -> User:
    """Open an account. The caller has validated the fields and the password's strength.

    The unique key decides between two who register one address at once. Raises EmailTaken.
    """
    user = User(email=canonical_email(email), display_name=display_name.strip(), kind=kind, city=city)
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError as error:
        if User.objects.filter(email=user.email).exists():
            raise EmailTaken from error
        raise
    return user
