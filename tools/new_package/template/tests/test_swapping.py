from chowk_core.testing.swapping import SwappingTests


class TestSwapping(SwappingTests):
    app_label = "chowk___name__"
    round_trip = "tests.round_trip.round_trip"
    other_settings = {"CHOWK___NAME__": {"MOST_ITEMS": 5}}
