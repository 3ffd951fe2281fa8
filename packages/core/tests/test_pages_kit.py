"""Cards, panels and what templates say with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template import Context, Template, TemplateDoesNotExist
from django.test import RequestFactory
from django.utils import timezone, translation
from django.utils.html import format_html
from django.utils.safestring import SafeString
from moneyed import Money

from chowk_core.cards import Card, cards_of
from chowk_core.exceptions import DomainError, NotFound
from chowk_core.package_settings import PackageSettings, PolicyMap, registry
from chowk_core.pages import missing_is_404, once, post_only
from chowk_core.panels import Panels, panels_of
from chowk_core.targets import Target


def draw(ids: Sequence[str], viewer: Any) -> Mapping[str, Card]:
    return {key: Card(title=f"Thing {key}") for key in ids if key != "secret"}


def first(request: HttpRequest, objects: Sequence[Any]) -> Mapping[str, SafeString]:
    return {str(one): format_html("<b>{}</b>", one) for one in objects}


def second(request: HttpRequest, objects: Sequence[Any]) -> Mapping[str, SafeString]:
    return {"2": format_html("<i>{}</i>", "two")}


@pytest.fixture
def package() -> Iterator[PackageSettings]:
    class Things(PackageSettings):
        prefix = "CHOWK_THINGS"
        CARDS = PolicyMap[Any]({"things.thing": f"{__name__}.draw"}, "Cards.")
        PANELS = Panels({"things.place": [f"{__name__}.first", f"{__name__}.second"]}, "Panels.")

    yield Things()
    del registry["CHOWK_THINGS"]


def test_cards_of_what_the_viewer_may_see(package: PackageSettings) -> None:
    targets = [Target("things.thing", "1"), Target("things.thing", "secret"), Target("other.thing", "1")]
    assert list(cards_of(targets, AnonymousUser())) == [targets[0]]


def test_panels_stand_together_in_the_order_declared(package: PackageSettings, rf: RequestFactory) -> None:
    drawn = panels_of("things.place", rf.get("/"), [1, 2])
    assert drawn == {"1": "<b>1</b>", "2": "<b>2</b><i>two</i>"}
    assert panels_of("elsewhere", rf.get("/"), [1]) == {}


def say(source: str, **context: Any) -> str:
    return Template("{% load chowk %}" + source).render(Context(context))


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{ m|money }}", "$1,234.50"),
        ('{{ w|money:"short" }}', "$1,234"),
        ('{{ m|money:"short" }}', "$1,234.50"),
        ('{{ 1234|minor:"JPY" }}', "¥1,234"),
        ('{{ 1234|minor:"KWD" }}', "1.234"),
        ('{{ 500000|short_minor:"USD" }}', "$5,000"),
        ('{{ "5000.00"|in_currency:"USD" }}', "$5,000"),
        ('{{ none|minor:"USD" }}', ""),
    ],
)
def test_money_as_its_currency_writes_it(source: str, text: str) -> None:
    context = {"m": Money("1234.50", "USD"), "w": Money(1234, "USD"), "none": None}
    with translation.override("en"):
        said = say(source, **context)
    assert said == "" if not text else f"{text}</data>" in said


def test_money_in_the_readers_language() -> None:
    with translation.override("de"):
        assert "1.234,50\xa0$" in say("{{ m|money }}", m=Money("1234.50", "USD"))


@pytest.mark.parametrize(
    ("ahead", "text"),
    [
        (timedelta(minutes=-3), "3\xa0minutes ago"),
        (timedelta(seconds=-5), "just now"),
        (timedelta(seconds=20), "in a moment"),
        (timedelta(hours=5, minutes=1), "in 5\xa0hours"),
    ],
)
def test_near_times_are_distances(ahead: timedelta, text: str) -> None:
    assert f">{text}</time>" in say("{{ at|moment }}", at=timezone.now() + ahead)


def test_far_times_are_dates_and_exact_on_hover() -> None:
    at = timezone.now() - timedelta(days=40)
    said = say("{{ at|moment }}", at=at)
    assert str(at.year) in said
    assert 'title="' in said
    assert f'datetime="{at.isoformat()}"' in said


@pytest.mark.parametrize(
    ("left", "text"),
    [
        (timedelta(minutes=1, seconds=5.9), "01:05"),
        (timedelta(hours=2, seconds=3.9), "02:00:03"),
        (timedelta(days=3, hours=1, seconds=0.9), "3d 01:00:00"),
        (timedelta(seconds=-5), "00:00"),
    ],
)
def test_clocks(left: timedelta, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now)
    assert f"data-countdown>{text}</time>" in say("{{ at|countdown }}", at=now + left)


def test_icons_are_named_or_hidden() -> None:
    assert 'aria-hidden="true"' in say("{% icon 'clock' %}")
    assert 'aria-label="A &lt;clock&gt;"' in say("{% icon 'clock' label %}", label="A <clock>")
    with pytest.raises(TemplateDoesNotExist):
        say("{% icon 'unicorn' %}")


def test_what_is_missing_is_404_and_other_refusals_go_on(rf: RequestFactory) -> None:
    @missing_is_404
    def view(request: HttpRequest, error: DomainError) -> HttpResponse:
        raise error

    with pytest.raises(Http404):
        view(rf.get("/"), NotFound())
    with pytest.raises(DomainError):
        view(rf.get("/"), DomainError())


@pytest.mark.urls("tests.urls")
def test_pages_for_posts_send_others_back(rf: RequestFactory) -> None:
    @post_only("admin:auth_user_change")
    def view(request: HttpRequest, object_id: str) -> HttpResponse:
        return HttpResponse("done")

    assert view(rf.post("/"), object_id="1").status_code == 200


def sent(text: str = "hello", key: str = "k1", user: Any = None) -> HttpRequest:
    request = RequestFactory().post("/say/", {"form_key": key, "text": text})
    request.user = user or get_user_model()(pk=1)
    return request


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def guestbook(said: list[str]) -> Callable[[HttpRequest], HttpResponseBase]:
    """A page that takes any text but an empty one, and fails at "boom"."""

    @once
    def view(request: HttpRequest) -> HttpResponseBase:
        text = request.POST["text"]
        if text == "boom":
            raise ValueError("boom")
        if not text:
            return HttpResponse("Say something.", status=400)
        said.append(text)
        return redirect(f"/said/{len(said)}/")

    return view


@pytest.mark.django_db(transaction=True)
def test_a_form_that_is_sent_twice_acts_once(guestbook: Any, said: list[str]) -> None:
    answers = [guestbook(sent()) for _ in range(2)]
    assert [one.url for one in answers] == ["/said/1/", "/said/1/"]
    guestbook(sent(text="hello again"))  # changed after going back
    guestbook(sent(key="k2"))
    guestbook(sent(user=get_user_model()(pk=2)))
    assert said == ["hello", "hello again", "hello", "hello"]


@pytest.mark.django_db(transaction=True)
def test_a_form_that_did_nothing_can_be_sent_again(guestbook: Any, said: list[str]) -> None:
    for _ in range(2):
        assert guestbook(sent(text="")).status_code == 400
        with pytest.raises(ValueError, match="boom"):
            guestbook(sent(text="boom"))
    guestbook(sent(key=""))
    guestbook(sent(key=""))
    assert said == ["hello", "hello"]


def test_each_form_gets_a_key_of_its_own() -> None:
    drawn = {Template("{% load chowk %}{% form_key %}").render(Context()) for _ in range(2)}
    assert len(drawn) == 2
    assert all('type="hidden" name="form_key"' in one for one in drawn)
