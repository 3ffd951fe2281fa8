"""A shop of the tests' own: something that can be paid for."""
