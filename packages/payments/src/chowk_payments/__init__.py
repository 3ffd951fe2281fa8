"""A double-entry ledger, wallets, holds, escrow and payments for Django."""
