"""Something to sell."""
