from __future__ import annotations

import io
import json

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command

from chowk_auctions.models import get_auction_model
from chowk_core.models import LoggedEvent

pytestmark = pytest.mark.django_db

HEADER = "auction_id,bid,bid_time_days,bidder,bidder_rating,opening_bid,closing_price,item,duration\n"
TWO = (
    HEADER + "7,50,0.5,ann,1,10,21,Watch,7 day auction\n"
    "7,20,1.25,bob,3,10,21,Watch,7 day auction\n"
    "7,45,6.9,ann,1,10,21,Watch,7 day auction\n"
    "8,100,2,bob,3,30,100,Watch,3 day auction\n"
)


@pytest.fixture
def record(tmp_path):
    def write(text):
        path = tmp_path / "bids.csv"
        path.write_text(text)
        return str(path)

    return write


def run(*arguments):
    out, err = io.StringIO(), io.StringIO()
    call_command("replay_auctions", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_compares_closing_prices_and_leaves_nothing(record):
    out, _ = run(record(TWO.replace(",21,", ",20.50,")), "--json")
    report = json.loads(out)
    assert (report["auctions"], report["exact"], report["bids"]) == (2, 1, 4)
    assert report["refused"] == {"raise_too_low": 1}
    assert report["misses"] == [
        {
            "auction": "8",
            "recorded": "100.00",
            "replayed": "30.00",
            "bids": 1,
            "refused": 0,
            "reserve_would_explain": True,
        }
    ]
    assert not get_auction_model()._default_manager.exists()
    assert not get_user_model()._default_manager.exists()
    assert not LoggedEvent.objects.exists()


def test_infers_a_reserve(record):
    out, _ = run(record(TWO), "--infer-reserve")
    assert "7 " in out  # 21 is not what the bids make: 20 and an increment of 0.50
    assert "1 of 2 auctions exact" in out


def test_keep_leaves_the_auctions(record):
    run(record(TWO), "--keep")
    prices = get_auction_model()._default_manager.order_by("title").values_list("price", "status")
    assert list(prices) == [(20_50, "sold"), (30_00, "sold")]
    run(record(TWO), "--keep")
    assert get_auction_model()._default_manager.count() == 4


def test_strict_minimum_refuses_what_the_default_takes(record):
    rows = HEADER + (
        "9,12.00,1,ann,1,10,10.70,Watch,7 day auction\n9,10.20,2,bob,1,10,10.70,Watch,7 day auction\n"
    )
    assert json.loads(run(record(rows), "--json")[0])["exact"] == 1
    strict = json.loads(run(record(rows), "--json", "--strict-minimum")[0])
    assert (strict["exact"], strict["refused"]) == (0, {"bid_too_low": 1})


def test_bad_rows_are_told_by_line_and_the_rest_goes_in(record):
    rows = TWO + (
        "8,oops,2,bob,3,30,100,Watch,3 day auction\n"
        "8,-4,2,bob,3,30,100,Watch,3 day auction\n"
        "8,NaN,2,bob,3,30,100,Watch,3 day auction\n"
        "8,10.001,2,bob,3,30,100,Watch,3 day auction\n"
        "8,110,4,bob,3,30,100,Watch,3 day auction\n"
        "8,110,2,,3,30,100,Watch,3 day auction\n"
        "8,110,2,bob,3,31,100,Watch,3 day auction\n"
        "8,110,2,bob,3,30,100,Watch,soon\n"
        "8,110\n"
    )
    out, err = run(record(rows), "--json")
    report = json.loads(out)
    assert report["auctions"] == 2
    assert [row["line"] for row in report["bad_rows"]] == list(range(6, 15))
    assert len(err.splitlines()) == 9
    assert "line 6: bid is not a number: 'oops'" in err


def test_files_that_are_none(record, tmp_path):
    for text in ("", HEADER, "a,b\n1,2\n"):
        with pytest.raises(CommandError):
            run(record(text))
    with pytest.raises(CommandError):
        run(str(tmp_path / "missing.csv"))
    with pytest.raises(CommandError):
        run(record(TWO), "--currency", "XYZ")
    binary = tmp_path / "binary.csv"
    binary.write_bytes(b"\xff\xfe\x00\x9f")
    with pytest.raises(CommandError):
        run(str(binary))
