"""Makes as their makers write them, from what lists of cars make of them."""

from __future__ import annotations

MAKES = {
    "alfa-romero": "Alfa Romeo",
    "bmw": "BMW",
    "maxda": "Mazda",
    "porcshce": "Porsche",
    "saab": "Saab",
    "toyouta": "Toyota",
    "vokswagen": "Volkswagen",
    "vw": "Volkswagen",
}
"""What is not just a matter of capitals: misspelled, abbreviated, or written otherwise."""

UPPER_CASE = {"brz", "cvcc", "dl", "gl", "glc", "gs", "gt", "gtl", "gt-r", "ls", "lx", "mu-x", "se"}
UPPER_CASE |= {"xf", "xj", "xk"}
ROMAN_NUMERALS = {"ii", "iii", "iv"}


def make_of(text: str) -> str:
    """``"maxda"`` -> ``"Mazda"``."""
    return MAKES.get(text.lower(), text.capitalize())


def model_of(text: str) -> str:
    """``"rx-7 gs"`` -> ``"RX-7 GS"``; what holds a digit is a designation and is written in capitals."""
    return " ".join(_word(word) for word in text.split())


def _word(word: str) -> str:
    bare = word.lower()
    if bare in UPPER_CASE | ROMAN_NUMERALS or any(letter.isdigit() for letter in bare):
        return word if bare.endswith("i") and bare not in ROMAN_NUMERALS else word.upper()
    return word if word[:1].isupper() else "-".join(part.capitalize() for part in word.split("-"))
