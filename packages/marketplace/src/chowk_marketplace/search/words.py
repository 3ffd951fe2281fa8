"""What a word is, to the searches."""

from __future__ import annotations

import re

WORD = re.compile(r"[^\W_]+", re.UNICODE)


def words_of(text: str) -> list[str]:
    """The different words of a text in lower case, in the order they come."""
    return list(dict.fromkeys(word[:120] for word in WORD.findall(text.lower())))
