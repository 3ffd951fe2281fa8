from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from chowk_auctions.models import get_auction_model
from tests.factories import AuctionFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("verbs", "status"), [(["view"], "open"), (["view", "change"], "cancelled")], ids=str
)
def test_who_may_call_off(verbs: list[str], status: str) -> None:
    auction = AuctionFactory()
    name, app = auction._meta.model_name, auction._meta.app_label
    staff: Any = UserFactory(is_staff=True)
    codes = [f"{verb}_{name}" for verb in verbs]
    staff.user_permissions.set(Permission.objects.filter(content_type__app_label=app, codename__in=codes))
    browser = Client()
    browser.force_login(staff)

    page = reverse(f"admin:{app}_{name}_changelist")
    assert browser.get(page).status_code == 200
    browser.post(page, {"action": "call_off", "_selected_action": [str(auction.pk)]})

    assert get_auction_model()._default_manager.get(pk=auction.pk).status == status
