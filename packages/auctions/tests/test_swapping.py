from __future__ import annotations

from chowk_core.testing.swapping import SwappingTests


class TestSwapping(SwappingTests):
    app_label = "chowk_auctions"
    round_trip = "tests.round_trip.round_trip"
    other_settings = {
        "CHOWK_AUCTIONS": {
            "CLOSE_BATCH": 7,
            "FORMATS": {"english": "chowk_auctions.engine.EnglishAnyRise"},
            "ENFORCE_SETTLEMENT_DEADLINE": False,
        }
    }
