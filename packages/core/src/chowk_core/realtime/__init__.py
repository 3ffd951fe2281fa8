"""Realtime streams: the event log, tailed over websockets. See ``consumer`` for frames and close codes."""
