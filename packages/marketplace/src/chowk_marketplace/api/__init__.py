"""The REST API: listings of every type, their images, categories and orders."""
