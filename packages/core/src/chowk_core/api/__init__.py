"""What every package's REST API stands on: errors, pagination, fields, idempotency, scoped viewsets."""
