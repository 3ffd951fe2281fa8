import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from chowk_core.models import Delivery, IdempotencyKey
from chowk_core.periodic import tick
from chowk_core.publishing import publish
from chowk_core.relay import relay
from tests.diary import handlers
from tests.diary.events import Written
from tests.factories import UserFactory


@pytest.fixture
def parked(settings, db):
    settings.CHOWK_CORE = {
        "RELAY": "manual",
        "MAX_ATTEMPTS": 1,
        "SUBSCRIPTIONS": {"diary.written": "tests.diary.handlers.note"},
    }
    publish(Written(text="<b>done</b>"), stream="diary:1")
    handlers.broken.add("<i>broken</i>")
    publish(Written(text="<i>broken</i>"), stream="diary:1")
    relay()
    handlers.broken.clear()
    return Delivery.objects.get(state="parked")


def sign_in(**user):
    client = Client()
    client.force_login(UserFactory(is_staff=True, **user))
    return client


@pytest.fixture
def superuser(db):
    return sign_in(is_superuser=True)


CHANGELIST = "admin:chowk_core_{}_changelist"
CHANGE = "admin:chowk_core_{}_change"


@pytest.mark.parametrize("model", ["loggedevent", "delivery", "stream", "periodicrun", "idempotencykey"])
def test_every_page_opens_and_nothing_can_be_added(superuser, parked, model):
    tick()
    IdempotencyKey.objects.create(scope="user:1", key="k", lease_until=timezone.now())
    listed = superuser.get(reverse(CHANGELIST.format(model)))
    assert listed.status_code == 200
    assert superuser.get(reverse(f"admin:chowk_core_{model}_add")).status_code == 403
    row = listed.context["cl"].result_list[0]
    page = superuser.get(reverse(CHANGE.format(model), args=[row.pk]))
    assert page.status_code == 200
    assert 'name="_save"' not in page.content.decode()
    assert superuser.post(reverse(f"admin:chowk_core_{model}_delete", args=[row.pk])).status_code == 403


def test_the_error_is_seen_in_the_list_and_in_full(superuser, parked):
    answer = superuser.get(reverse(CHANGELIST.format("delivery")), {"state__exact": "parked"})
    listed = answer.content.decode()
    assert "RuntimeError: no ink for &lt;i&gt;broken&lt;/i&gt;" in listed
    assert listed.count('class="field-event_name"') == 1
    page = superuser.get(reverse(CHANGE.format("delivery"), args=[parked.pk])).content.decode()
    assert "Traceback (most recent call last)" in page
    event = superuser.get(reverse(CHANGE.format("loggedevent"), args=[parked.event_id])).content.decode()
    assert "&lt;i&gt;broken&lt;/i&gt;" in event
    assert "tests.diary.handlers.note" in event


def replay_all(client):
    selected = list(Delivery.objects.values_list("pk", flat=True))
    data = {"action": "replay_parked", "_selected_action": selected}
    return client.post(reverse(CHANGELIST.format("delivery")), data, follow=True)


def test_parked_deliveries_are_replayed(superuser, parked):
    assert "1 delivery is due again." in replay_all(superuser).content.decode()
    assert relay().done == 1
    assert set(Delivery.objects.values_list("state", flat=True)) == {"done"}
    assert "None of these is parked." in replay_all(superuser).content.decode()


def test_replaying_needs_the_permission_to_change(parked):
    client = sign_in()
    user = client.get("/admin/").wsgi_request.user
    user.user_permissions.add(Permission.objects.get(codename="view_delivery"))
    assert replay_all(client).status_code in {200, 403}
    parked.refresh_from_db()
    assert parked.state == "parked"
    user.user_permissions.add(Permission.objects.get(codename="change_delivery"))
    replay_all(client)
    parked.refresh_from_db()
    assert parked.state == "due"


def test_statements_do_not_grow_with_deliveries(superuser, settings, django_assert_max_num_queries):
    settings.CHOWK_CORE = {"RELAY": "manual", "SUBSCRIPTIONS": {"diary.written": "tests.diary.handlers.note"}}
    for _ in range(30):
        publish(Written(text="a"))
    with django_assert_max_num_queries(9):
        superuser.get(reverse(CHANGELIST.format("delivery")))
