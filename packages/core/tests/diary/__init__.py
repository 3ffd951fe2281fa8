"""A little site for tests of events, idempotency keys and the API base: people write entries in diaries."""
