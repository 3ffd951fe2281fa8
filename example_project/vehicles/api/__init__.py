"""The REST API of cars."""
