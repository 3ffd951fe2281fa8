"""What stands on the shelves beside the cars: parts with what they fit, crafts, products, and stores."""

from __future__ import annotations

from typing import Any

from moneyed import Money

from chowk_marketplace import services as marketplace
from chowk_marketplace.models import get_category_model
from parts.models import Fitment, Part
from shop.models import Craft, Product

CURRENCY = "USD"

STORES = (
    ("imran", "Ravi Road Garage", "Lahore", "Classic saloons, driven to their new owners ourselves."),
    ("tariq", "Bolton Market Spares", "Karachi", "Parts for cars that others have forgotten."),
)

PARTS = (
    # title, category, brand, number, price, stock, months, condition, fits
    ("Brake disc, front, vented", "Brakes", "Brembo", "09.A402", 42, 8, 24, "new", "Volvo 240 1979-1993"),
    ("Brake pads, front", "Brakes", "Ate", "13.0460", 21, 14, 12, "new", "Volvo 240 1975-1993"),
    (
        "Brake caliper, rear left",
        "Brakes",
        "Girling",
        "R-240L",
        68,
        2,
        0,
        "refurbished",
        "Volvo 240 1979-1993",
    ),
    ("Handbrake cable", "Brakes", "Cofle", "11.2573", 14, 9, 12, "new", "Toyota Corolla 1983-1987"),
    ("Brake master cylinder", "Brakes", "Aisin", "MT-004", 55, 3, 12, "new", "Toyota Corolla 1983-1987"),
    ("Clutch kit", "Transmission", "Sachs", "3000 133", 118, 4, 24, "new", "BMW 320i 1982-1991"),
    ("Clutch cable", "Transmission", "Febi", "01760", 11, 12, 12, "new", "Volkswagen Golf 1974-1983"),
    ("Gearbox mount", "Transmission", "Lemförder", "10527", 17, 6, 12, "new", "BMW 320i 1982-1991"),
    ("Drive shaft, right", "Transmission", "GKN", "302412", 96, 2, 12, "refurbished", "Saab 900 1979-1993"),
    ("Timing belt", "Engine", "Gates", "5034XS", 19, 18, 12, "new", "Volvo 240 1976-1993"),
    ("Water pump", "Engine", "Hepu", "P501", 39, 7, 24, "new", "Volvo 240 1976-1993"),
    ("Head gasket", "Engine", "Elring", "164.453", 33, 5, 12, "new", "Mercedes-Benz 190E 1982-1993"),
    ("Oil filter", "Engine", "Mann", "W917", 6, 60, 0, "new", "Volvo 240 1975-1993"),
    ("Oil filter, small", "Engine", "Denso", "150-1003", 5, 75, 0, "new", "Suzuki FX 1983-1988"),
    (
        "Carburettor, rebuilt",
        "Engine",
        "Aisan",
        "21100-1",
        84,
        1,
        6,
        "refurbished",
        "Toyota Corolla 1979-1987",
    ),
    ("Radiator", "Cooling", "Nissens", "65501", 128, 3, 24, "new", "Volvo 240 1979-1993"),
    ("Thermostat, 87 degrees", "Cooling", "Wahler", "4256.87", 9, 22, 12, "new", "Volkswagen Golf 1974-1992"),
    ("Fan clutch", "Cooling", "Behr", "8MV376", 72, 2, 12, "new", "Mercedes-Benz 190E 1982-1993"),
    ("Starter motor", "Electrics", "Bosch", "0 001 108", 104, 4, 24, "refurbished", "BMW 320i 1982-1991"),
    ("Alternator, 70 A", "Electrics", "Bosch", "0 120 489", 122, 3, 24, "refurbished", "Volvo 740 1984-1992"),
    ("Distributor cap", "Electrics", "Beru", "VK347", 13, 11, 12, "new", "Volkswagen Golf 1974-1991"),
    ("Headlamp, left", "Electrics", "Hella", "1A3002", 58, 2, 0, "used", "Mercedes-Benz 190E 1982-1993"),
    ("Tail lamp, right", "Electrics", "Stanley", "TL-83R", 26, 2, 0, "used", "Toyota Corolla 1983-1987"),
    ("Shock absorber, rear", "Suspension", "Bilstein", "B46-0281", 79, 6, 24, "new", "Volvo 240 1975-1993"),
    ("Ball joint", "Suspension", "Lemförder", "10476", 18, 10, 12, "new", "Volvo 740 1984-1992"),
    ("Wheel bearing kit, front", "Suspension", "SKF", "VKBA529", 31, 7, 24, "new", "Saab 900 1979-1993"),
    ("Steering wheel, leather", "Interior", "Momo", "V35", 140, 1, 0, "used", "Alfa Spider 1966-1993"),
    ("Floor mats, set of four", "Interior", "Walser", "14789", 29, 15, 0, "new", ""),
)

CRAFTS: tuple[tuple[str, str, str, str, str, str, int | None], ...] = (
    # title, category, material, technique, region, artisan, price (None: for an auction)
    ("Blue pottery vase", "Pottery", "clay", "kashi kari", "Multan", "Ustad Alam", 48),
    ("Blue pottery tile panel", "Pottery", "clay", "kashi kari", "Multan", "Ustad Alam", None),
    ("Hala bowl, glazed", "Pottery", "clay", "glazing", "Hala", "Allah Dino", 22),
    ("Ajrak shawl, indigo", "Textiles", "cotton", "block print", "Sindh", "Noor Jamil", 36),
    ("Ajrak bedspread, madder", "Textiles", "cotton", "block print", "Sindh", "Noor Jamil", 65),
    ("Ralli quilt", "Textiles", "cotton", "patchwork", "Tharparkar", "Sita Bai", None),
    ("Phulkari dupatta", "Textiles", "silk", "embroidery", "Haripur", "Shazia Bibi", 58),
    ("Pashmina stole", "Textiles", "wool", "handloom", "Kashmir", "Ghulam Nabi", 120),
    ("Chiniot jewellery box", "Woodwork", "sheesham", "brass inlay", "Chiniot", "Rasheed Ahmad", 54),
    ("Carved room divider", "Woodwork", "walnut", "carving", "Swat", "Fazal Rabi", None),
    ("Walnut chess set", "Woodwork", "walnut", "turning", "Swat", "Fazal Rabi", 88),
    ("Lacquered fruit bowl", "Woodwork", "sheesham", "jandi lacquer", "Dera Ismail Khan", "Pir Bakhsh", 32),
    ("Brass tray, engraved", "Metalwork", "brass", "engraving", "Peshawar", "Haji Sultan", 44),
    ("Copper samovar", "Metalwork", "copper", "hammering", "Peshawar", "Haji Sultan", None),
    ("Wazirabad table knife, pair", "Metalwork", "steel", "damascene", "Wazirabad", "Tariq Mahmood", 27),
    ("Camel skin lamp", "Leather", "camel skin", "naqqashi", "Multan", "Malik Ashiq", 62),
    ("Peshawari chappal", "Leather", "leather", "hand stitching", "Charsadda", "Jahangir Khan", 41),
    ("Kasuri khussa, gold thread", "Leather", "leather", "tilla work", "Kasur", "Bashiran Mai", 29),
    ("Swati rug, geometric", "Carpets", "wool", "flat weave", "Swat", "Zar Bibi", None),
    ("Bokhara carpet, small", "Carpets", "wool", "knotting", "Lahore", "Akram & Sons", 310),
    ("Balochi prayer rug", "Carpets", "wool", "knotting", "Quetta", "Gul Khan", 145),
    ("Truck art tin trunk", "Painting", "tin", "truck art", "Rawalpindi", "Habib Painter", 76),
    ("Truck art teapot", "Painting", "enamel", "truck art", "Rawalpindi", "Habib Painter", 34),
    ("Miniature, a garden", "Painting", "paper", "miniature", "Lahore", "Imran Q.", None),
)

PRODUCTS: tuple[tuple[str, str, str, int, list[Any]], ...] = (
    # title, category, brand, price, variants: (options, stock, price or None)
    ("Driving gloves", "Clothing", "Chowk", 39, [({"Size": s}, 6, None) for s in ("S", "M", "L")]),
    ("Mechanic's overall", "Clothing", "Chowk", 45, [({"Size": s}, 4, None) for s in ("M", "L", "XL")]),
    (
        "T-shirt, 240 on grey",
        "Clothing",
        "Chowk",
        18,
        [({"Size": s}, 12, None) for s in ("S", "M", "L", "XL")],
    ),
    (
        "Wool blanket, travel",
        "Clothing",
        "Swat Mills",
        34,
        [({"Colour": c}, 5, None) for c in ("red", "green")],
    ),
    ("Socket set, 94 pieces", "Tools", "Proxxon", 129, []),
    (
        "Torque wrench",
        "Tools",
        "Stahlwille",
        98,
        [({"Range": "6-50 Nm"}, 3, None), ({"Range": "40-200 Nm"}, 2, 119)],
    ),
    ("Trolley jack, 2 t", "Tools", "Compac", 145, []),
    ("Timing light", "Tools", "Gunson", 52, []),
    ("Feeler gauges", "Tools", "Facom", 17, []),
    ("Multimeter", "Tools", "Fluke", 79, []),
    ("Battery charger, 6 A", "Tools", "CTEK", 84, []),
    (
        "Car wax, carnauba",
        "Care",
        "Collinite",
        26,
        [({"Size": "266 ml"}, 20, None), ({"Size": "532 ml"}, 9, 41)],
    ),
    ("Leather balm", "Care", "Colourlock", 22, []),
    ("Chrome polish", "Care", "Autosol", 9, []),
    ("Microfibre cloths, six", "Care", "Chowk", 12, []),
    ("Rust converter, 1 l", "Care", "Fertan", 31, []),
    ("Engine oil 20W-50, 5 l", "Fluids", "Castrol", 38, []),
    ("Engine oil 10W-40, 5 l", "Fluids", "Shell", 36, []),
    ("Brake fluid DOT 4", "Fluids", "Ate", 11, [({"Size": "250 ml"}, 30, 6), ({"Size": "1 l"}, 18, None)]),
    ("Coolant, blue, 1.5 l", "Fluids", "Glysantin", 14, []),
    ("Road atlas of Pakistan", "Books", "Survey Press", 16, []),
    ("Workshop manual, Volvo 240", "Books", "Haynes", 29, []),
    ("Workshop manual, Corolla", "Books", "Haynes", 27, []),
    (
        "Model car, 1:43",
        "Gifts",
        "Minichamps",
        49,
        [({"Colour": c}, 3, None) for c in ("white", "blue", "red")],
    ),
    ("Enamel mug, Grand Trunk Road", "Gifts", "Chowk", 13, []),
    ("Key fob, brass", "Gifts", "Chowk", 8, []),
)
FEATURED = {"Blue pottery vase", "Carved room divider", "Driving gloves", "Radiator"}


def fill_shelves(crowd: dict[str, Any]) -> None:
    """Stores, parts, crafts and products, all on offer; some of the crafts wait for their auction."""
    stores = {
        login: _open(crowd[login], name, city, text) for login, name, city, text in STORES if login in crowd
    }
    sellers = list(stores) or list(crowd)[:2]
    staff = next((user for user in crowd.values() if user.is_staff), crowd[sellers[0]])
    for number, (title, shelf, brand, code, price, stock, months, condition, fits) in enumerate(PARTS):
        login = sellers[-1] if number % 4 else sellers[0]
        _offer(
            Part,
            seller=crowd[login],
            staff=staff,
            category=_shelf("Parts", shelf),
            title=title,
            price=price,
            brand=brand,
            part_number=code,
            warranty_months=months,
            condition=condition,
            stock=stock,
            store=stores.get(login),
            city=stores[login].city if login in stores else "",
            country="PK",
            details=lambda part, fits=fits: _fit(part, fits),
        )
    for title, shelf, material, technique, region, artisan, asked in CRAFTS:
        _offer(
            Craft,
            seller=crowd[sellers[0]],
            staff=staff,
            category=_shelf("Crafts", shelf),
            title=title,
            price=asked,
            material=material,
            technique=technique,
            region=region,
            artisan=artisan,
            condition="new",
            city=region,
            country="PK",
        )
    for title, shelf, brand, price, variants in PRODUCTS:
        _offer(
            Product,
            seller=staff,
            staff=staff,
            category=_shelf("Products", shelf),
            title=title,
            price=price,
            brand=brand,
            condition="new",
            stock=variants[0][1] if variants else 25,
            country="PK",
            details=lambda row, variants=variants: _vary(row, variants),
        )


def _open(owner: Any, name: str, city: str, text: str) -> Any:
    profile = marketplace.create_seller_profile(
        user=owner, brand=name, biography=text, city=city, country="PK"
    )
    marketplace.verify_seller(profile=profile)
    return marketplace.create_store(owner=owner, name=name, description=text, city=city, country="PK")


def _shelf(root: str, name: str) -> Any:
    found = get_category_model().objects
    top = found.filter(slug=root.lower()).first() or marketplace.create_category(name=root)
    slug = f"{root}-{name}".lower()
    return found.filter(slug=slug).first() or marketplace.create_category(name=name, slug=slug, parent=top)


def _offer(
    model: type[Any],
    *,
    seller: Any,
    staff: Any,
    category: Any,
    title: str,
    price: int | None,
    details: Any = None,
    **fields: Any,
) -> Any:
    listing = marketplace.create_listing(
        listing_model=model,
        seller=seller,
        category=category,
        title=title,
        sale_format="auction" if price is None else "fixed_price",
        price=None if price is None else Money(price, CURRENCY),
        **fields,
    )
    if details is not None:
        details(listing)
    marketplace.activate_listing(listing=listing, actor=seller)
    if title in FEATURED and staff.is_staff:
        marketplace.feature_listing(listing=listing, actor=staff)
    return listing


def _fit(part: Any, fits: str) -> None:
    if fits:
        make, rest = fits.split(" ", 1)
        model, years = rest.rsplit(" ", 1)
        first, last = years.split("-")
        Fitment.objects.create(
            part_id=part.pk, make=make, model=model, year_from=int(first), year_to=int(last)
        )


def _vary(product: Any, variants: list[tuple[dict[str, str], int, int | None]]) -> None:
    for number, (options, stock, price) in enumerate(variants):
        own = None if price is None else Money(price, CURRENCY)
        if number == 0:
            marketplace.update_variant(variant=product.variants.get(), options=options, price=own)
        else:
            marketplace.add_variant(listing=product, options=options, stock=stock, price=own)
