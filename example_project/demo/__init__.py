"""The demonstration: an auction house that stays alive by itself, in one process."""
