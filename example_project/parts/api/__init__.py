"""The REST API of parts."""
