from dataclasses import dataclass
from typing import Any

from chowk_core.events import Event


@dataclass(frozen=True, kw_only=True)
class Written(Event, name="diary.written"):
    text: Any


@dataclass(frozen=True, kw_only=True)
class Echoed(Event, name="diary.echoed"):
    text: str
    rounds: int
