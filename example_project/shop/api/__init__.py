"""The REST API of crafts and products."""
