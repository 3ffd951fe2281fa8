"""The live page in a real browser: two people against each other. A script error fails the test."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from tests.test_demo import House, get

pytestmark = pytest.mark.slow

PATIENCE = 120_000
"""Milliseconds that anything may take; machines are slow at times."""
expect.set_options(timeout=PATIENCE)

CHROMIUM = "/usr/bin/chromium"
FOLD = {"width": 390, "height": 844}
SCRIPT = """
import django; django.setup()
from datetime import timedelta
from chowk_marketplace import services as marketplace
from chowk_payments import services as payments
from tests.factories import PASSWORD, make_auction, make_car, make_delivered_order, make_order
from accounts.models import User
for name in ("anna", "bert"):
    user = User.objects.create_user(f"{name}@example.com", PASSWORD, display_name=name.title())
    make_delivered_order(buyer=user, title="1990 Saab 900")
    order = make_delivered_order(buyer=user, title="1979 Volvo 244")
    marketplace.request_return(order=order, actor=user, reason="damaged", note="It is bent.")
    marketplace.open_complaint(order=order, actor=user, kind="damaged", text="It is bent.")
    payments.save_bank_details(
        user=user, holder=user.display_name, country="PK", account_number="PK36SCBL0000001123456702"
    )
    make_order(buyer=user)
    make_car(seller=user, title="1986 Lancia Delta", active=False)
print(make_auction(lasting=timedelta(minutes=30)).pk)
"""
"""An auction that the house's own bidders know nothing of: its title is not in their list."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    started = House(tmp_path_factory.mktemp("house"), "--pace", "1000")
    started.wait()
    yield started
    started.kill()


@pytest.fixture(scope="module")
def auction(house: House) -> str:
    environment = os.environ | {"VAR": str(house.var), "DJANGO_SETTINGS_MODULE": "config.settings"}
    made = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=Path(__file__).parents[1],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    return made.stdout.strip().splitlines()[-1]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="module")
def sessions() -> dict[str, Any]:
    """Who has signed in. Once each, as the site counts how often one tries."""
    return {}


@pytest.fixture
def visit(house: House, chromium: Browser, sessions: dict[str, Any]) -> Iterator[Callable[..., Page]]:
    """A page of somebody who has signed in. Errors of scripts and of the console fail the test."""
    problems: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        sent_back = "status of 400" in message.text  # a form with what to put right
        if message.type in {"error", "warning"} and not sent_back:
            problems.append(message.text)

    def visited(name: str, path: str, **options: Any) -> Page:
        context = chromium.new_context(
            base_url=f"http://{house.address}", storage_state=sessions.get(name), **options
        )
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", heard)
        if name in sessions:
            page.goto(path)
            return page
        page.goto(f"/sign-in/?next={path}")
        page.get_by_label("Email").fill(f"{name}@example.com")
        page.get_by_label("Password").fill("correct horse battery")
        page.get_by_role("button", name="Sign in").click()
        page.get_by_text(name.title()).first.wait_for()
        sessions[name] = context.storage_state()
        return page

    yield visited
    for context in chromium.contexts:
        context.close()
    assert problems == []


def bid(page: Page, amount: int) -> None:
    page.get_by_label(re.compile("maximum", re.IGNORECASE)).fill(str(amount))
    page.get_by_role("button", name="Place bid").click()


def test_two_people_bid_against_each_other(visit: Callable[..., Page], auction: str) -> None:
    anna = visit("anna", f"/auctions/{auction}/")
    bert = visit("bert", f"/auctions/{auction}/", viewport=FOLD)
    for page in (anna, bert):
        expect(page.locator("[data-connection-text]")).to_have_text("Updating by itself")

    bid(anna, 1)
    expect(anna.get_by_role("alert")).to_contain_text("Bid at least")
    bid(anna, 1500)
    expect(anna.locator("[data-standing]")).to_contain_text("You lead.")
    expect(bert.locator("aside [data-price]")).to_have_text("$1,000")
    expect(bert.locator("[data-story] li").first).to_contain_text("took the lead")

    bid(bert, 2479)
    expect(bert.locator("[data-standing]")).to_contain_text("Your maximum: $2,479")
    expect(anna.locator("[data-standing]")).to_contain_text("You're outbid: $1,525 now leads.")
    expect(anna.locator("[data-announce]")).to_have_text("You're outbid: $1,525 now leads.")
    expect(bert.locator(".thumb-bar")).to_contain_text("$1,525")
    assert "2,479" not in anna.content()

    bid(anna, 1600)
    expect(anna.locator("[data-story] li").first).to_contain_text("You bid")
    expect(anna.locator("[data-standing]")).to_contain_text("now leads.")


def test_a_bid_reaches_everybody_who_watches(visit: Callable[..., Page], auction: str) -> None:
    anna = visit("anna", f"/auctions/{auction}/")
    expect(anna.locator("[data-connection-text]")).to_have_text("Updating by itself")
    before = anna.locator("[data-story] li").count()
    bert = visit("bert", f"/auctions/{auction}/")
    expect(bert.locator("[data-connection-text]")).to_have_text("Updating by itself")
    bid(bert, 3000)
    expect(anna.locator("[data-story] li")).to_have_count(before + 1)


def test_keyboard_reaches_the_bid_form(visit: Callable[..., Page], auction: str) -> None:
    page = visit("anna", f"/auctions/{auction}/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == "amount":
            return
    raise AssertionError("the bid field cannot be reached by the keyboard")


@pytest.mark.usefixtures("auction")  # with which Anna comes
def test_price_and_stock_follow_the_choice(visit: Callable[..., Page], house: House) -> None:
    found = json.loads(get(f"http://{house.address}/api/products/?search=DOT"))["results"][0]
    page = visit("anna", f"/listings/{found['id']}/")
    expect(page.locator("[data-price]")).to_have_text("$6")
    page.get_by_role("link", name="1 l", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-price]")).to_have_text("$11")
    expect(page.get_by_role("status").last).to_have_text("$11. In stock")
    expect(page.get_by_role("link", name="1 l", exact=True)).to_be_focused()
    page.get_by_role("button", name="Put it into the cart").click()
    expect(page.get_by_role("main")).to_contain_text("Size: 1 l")


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/auctions/",
        "/wallet/?direction=in",
        "/wallet/send/",
        "/payouts/",
        "/payouts/bank/",
        "/refunds/",
        "/invoices/",
        "/orders/",
        "/returns/",
        "/complaints/",
        "/listings/new/",
        "/listings/mine/",
        "/register/",
    ],
)
def test_nothing_is_wider_than_a_small_phone(visit: Callable[..., Page], path: str) -> None:
    page = visit("anna", path, viewport={"width": 360, "height": 740})
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def followed(page: Page) -> Iterator[str]:
    """The address of each page that Anna can reach, one of each kind, and the page on it."""
    paths = (
        "/",
        "/?q=zeppelin",
        "/auctions/",
        "/orders/",
        "/returns/",
        "/complaints/",
        "/wallet/",
        "/wallet/?direction=out&kind=mood",
        "/wallet/top-up/",
        "/wallet/send/",
        "/wallet/withdraw/",
        "/payouts/",
        "/payouts/bank/",
        "/refunds/",
        "/invoices/",
        "/listings/new/",
    )
    line = "main .line h2 a"
    first = {"/": ".cards .card h3 a", "/orders/": line, "/returns/": line, "/complaints/": line}
    for path in paths:
        page.goto(path)
        yield path
        if path in first:
            page.goto(page.locator(first[path]).first.get_attribute("href") or "")
            yield page.url
    for name in ("Send something back", "Complain"):
        page.goto("/orders/")
        page.get_by_role("link", name="1990 Saab 900").click()
        page.get_by_role("main").get_by_role("link", name=name).click()
        page.locator("main .button.filled").click()
        expect(page.get_by_role("alert").first).to_contain_text("to put right")
        yield f"{page.url} with errors"
    page.goto("/listings/mine/")
    page.get_by_role("main").get_by_role("link", name=re.compile("^Edit")).click()
    page.get_by_label("Title").fill("")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert").first).to_contain_text("to put right")
    yield f"{page.url} with errors"
    page.get_by_role("link", name="Pictures", exact=True).click()
    page.get_by_role("button", name="Add them").click()
    expect(page.get_by_role("alert").first).to_contain_text("Choose a picture first.")
    yield f"{page.url} with errors"
    drawing = Path(__file__).parents[1] / "demo/pictures/sedan.webp"
    page.locator("main input[type=file]").set_input_files([drawing, drawing])
    page.get_by_role("button", name="Add them").click()
    expect(page.get_by_role("status").first).to_contain_text("2 pictures are added.")
    page.locator("summary", has_text="Remove: picture 2").click()
    yield page.url
    page.goto("/orders/")
    page.locator("main .line h2 a").first.click()
    page.get_by_role("link", name="Pay", exact=True).click()
    yield page.url
    page.locator("summary", has_text="Test cards").click()
    page.get_by_role("button", name="by card").click()
    expect(page.get_by_role("alert").first).to_contain_text("to put right")
    yield f"{page.url} with errors"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(visit: Callable[..., Page], auction: str, scheme: str) -> None:
    """By axe-core: contrast, names, labels, roles, landmarks, headings."""
    page = visit("anna", f"/auctions/{auction}/", color_scheme=scheme)
    expect(page.locator("[data-connection-text]")).to_have_text("Updating by itself")
    axe, found = Axe(), {}
    for path in chain([page.url], followed(page)):
        faults = axe.run(page).response["violations"]
        grave = [f"{one['id']}: {one['nodes'][0]['html']}" for one in faults if one["impact"] != "minor"]
        if grave:
            found[path] = grave
    assert found == {}
