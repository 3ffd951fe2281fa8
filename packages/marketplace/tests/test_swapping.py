from chowk_core.testing.swapping import SwappingTests


class TestSwapping(SwappingTests):
    app_label = "chowk_marketplace"
    base_settings = "tests.settings_alone"
    round_trip = "tests.round_trip.round_trip"
    child_round_trip = "tests.round_trip.child"
    other_settings = {
        "CHOWK_MARKETPLACE": {
            "IMAGE_WIDTHS": [64],
            "LISTING_TYPES": {"listing": None},
            "ADMIN": {},
        }
    }
