from dataclasses import dataclass

from chowk_core.events import Event


@dataclass(frozen=True, kw_only=True)
class Said(Event, name="demo.said"):
    """Something was said in a room. ``secret`` is for staff only, ``filler`` makes it long."""

    n: int
    secret: str = ""
    filler: str = ""


@dataclass(frozen=True, kw_only=True)
class Whispered(Event, name="demo.whispered"):
    """Only staff may know of it."""

    n: int
