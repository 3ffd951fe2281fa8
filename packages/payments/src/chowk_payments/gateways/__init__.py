"""Gateways: the parties that move money outside the ledger. ``base`` is their contract."""
