"""The platform's user: an email is the login, whatever its case; a UUID is the key."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chowk_core.ids import uuid7


def canonical_email(email: str) -> str:
    """The one form an address is stored and looked up in: trimmed, and lower case throughout.

    RFC 5321 §2.4 lets a host tell cases apart before the @; no mail provider in use does, and two accounts
    that differ by a capital only help impostors.
    """
    return email.strip().lower()


class UserManager(BaseUserManager["User"]):
    """Makes users, and finds them by email in any case."""

    use_in_migrations = True

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Make a user; without a password nobody can sign in as them. Raises ValueError without email."""
        if not email:
            raise ValueError("a user needs an email")
        user = self.model(email=canonical_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Make a user who may do everything."""
        fields.setdefault("display_name", "Staff")
        return self.create_user(email, password, **{"is_staff": True, "is_superuser": True} | fields)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=canonical_email(username or ""))


class User(AbstractBaseUser, PermissionsMixin):
    """Somebody who buys, sells or runs the place."""

    class Kind(models.TextChoices):
        INDIVIDUAL = "individual", _("individual")
        COMPANY = "company", _("company")

    class Role(models.TextChoices):
        BUYER = "buyer", _("buyer")
        SELLER = "seller", _("seller")
        BOTH = "both", _("buyer and seller")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.EmailField(_("email"), unique=True)
    display_name = models.CharField(_("name"), max_length=60, help_text=_("What other people see."))
    kind = models.CharField(_("kind"), max_length=12, choices=Kind, default=Kind.INDIVIDUAL)
    role = models.CharField(_("role"), max_length=8, choices=Role, default=Role.BOTH)
    city = models.CharField(_("city"), max_length=80, blank=True)
    is_active = models.BooleanField(_("active"), default=True, help_text=_("Clear to close the account."))
    is_staff = models.BooleanField(_("staff"), default=False, help_text=_("May use the administration."))
    date_joined = models.DateTimeField(_("joined"), default=timezone.now, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["display_name"]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ["-date_joined"]
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="accounts_user_email_ci",
                violation_error_code="email_taken",
                violation_error_message=_("There is an account with this email already."),
            ),
        ]

    def __str__(self) -> str:
        return self.display_name or self.email

    def clean(self) -> None:
        super().clean()
        self.email = canonical_email(self.email)

    def get_full_name(self) -> str:
        return self.display_name

    def get_short_name(self) -> str:
        return self.display_name.split(" ")[0]
