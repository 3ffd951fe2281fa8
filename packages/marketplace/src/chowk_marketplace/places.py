"""Provinces and main cities that the package knows. Codes are ISO 3166-2; elsewhere places are free text."""

from __future__ import annotations

from typing import Any

PLACES: dict[str, dict[str, tuple[str, tuple[str, ...]]]] = {
    "PK": {
        "PK-BA": ("Balochistan", ("Chaman", "Gwadar", "Hub", "Khuzdar", "Quetta", "Sibi", "Turbat", "Zhob")),
        "PK-GB": ("Gilgit-Baltistan", ("Chilas", "Gilgit", "Hunza", "Skardu")),
        "PK-IS": ("Islamabad Capital Territory", ("Islamabad",)),
        "PK-JK": ("Azad Jammu and Kashmir", ("Bagh", "Kotli", "Mirpur", "Muzaffarabad", "Rawalakot")),
        "PK-KP": (
            "Khyber Pakhtunkhwa",
            (
                "Abbottabad",
                "Bannu",
                "Charsadda",
                "Dera Ismail Khan",
                "Haripur",
                "Kohat",
                "Mansehra",
                "Mardan",
                "Mingora",
                "Nowshera",
                "Peshawar",
                "Swabi",
            ),
        ),
        "PK-PB": (
            "Punjab",
            (
                "Attock",
                "Bahawalnagar",
                "Bahawalpur",
                "Chakwal",
                "Chiniot",
                "Dera Ghazi Khan",
                "Faisalabad",
                "Gujranwala",
                "Gujrat",
                "Hafizabad",
                "Jhang",
                "Jhelum",
                "Kasur",
                "Khanewal",
                "Lahore",
                "Mandi Bahauddin",
                "Mianwali",
                "Multan",
                "Muzaffargarh",
                "Okara",
                "Pakpattan",
                "Rahim Yar Khan",
                "Rawalpindi",
                "Sadiqabad",
                "Sahiwal",
                "Sargodha",
                "Sheikhupura",
                "Sialkot",
                "Taxila",
                "Vehari",
                "Wah Cantonment",
            ),
        ),
        "PK-SD": (
            "Sindh",
            (
                "Badin",
                "Dadu",
                "Hyderabad",
                "Jacobabad",
                "Karachi",
                "Khairpur",
                "Larkana",
                "Mirpur Khas",
                "Nawabshah",
                "Shikarpur",
                "Sukkur",
                "Tando Adam",
                "Thatta",
            ),
        ),
    }
}


def load(province_model: Any, city_model: Any) -> int:
    """Add the provinces and cities that are not there yet, and say how many. Safe to run again."""
    added = 0
    for country, provinces in PLACES.items():
        for code, (name, cities) in provinces.items():
            province, made = province_model.objects.get_or_create(
                code=code, defaults={"country": country, "name": name}
            )
            known = set(city_model.objects.filter(province=province).values_list("name", flat=True))
            new = [city_model(province=province, name=city) for city in cities if city not in known]
            city_model.objects.bulk_create(new)
            added += made + len(new)
    return added
