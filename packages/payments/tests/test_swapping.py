from chowk_core.testing.swapping import SwappingTests


class TestSwapping(SwappingTests):
    app_label = "chowk_payments"
    round_trip = "tests.round_trip.round_trip"
    other_settings = {
        "CHOWK_PAYMENTS": {
            "DEFAULT_CURRENCY": "JPY",
            "CURRENCIES": ["KWD", "EUR"],
            "CARD_GATEWAY": "dummy",
            "ONE_STATEMENT": False,
        }
    }
