"""Crafts and products as kinds of listings."""
