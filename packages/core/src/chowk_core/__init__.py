"""What every Chowk package stands on: settings hooks, swapping, the event log, realtime, idempotency."""
