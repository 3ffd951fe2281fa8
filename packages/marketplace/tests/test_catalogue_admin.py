from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from chowk_marketplace import services
from chowk_marketplace.models import get_saved_search_model, get_seller_profile_model, get_store_model
from tests.factories import UserFactory, reread

pytestmark = pytest.mark.django_db


def test_sellers_stores_and_searches(seller):
    profile = services.create_seller_profile(user=seller, brand="Khan")
    services.create_store(owner=seller, name="Khan Motors")
    services.save_search(user=seller, name="Lahore", query={"city": ["Lahore"]})
    client = Client()
    client.force_login(UserFactory(is_staff=True, is_superuser=True))

    for getter in (get_seller_profile_model, get_store_model, get_saved_search_model):
        meta = getter()._meta
        row = getter()._default_manager.get()
        assert client.get(reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")).status_code == 200
        page = reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk])
        assert client.get(page).status_code == 200
    meta = get_seller_profile_model()._meta
    client.post(
        reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist"),
        {"action": "verify_selected", "_selected_action": [str(profile.pk)]},
    )
    assert reread(profile).is_verified
