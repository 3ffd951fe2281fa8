"""A small package of swappable models: keys in a cycle, money, a target, constraints over relations."""
