"""Car parts as a kind of listing, with what they fit."""
