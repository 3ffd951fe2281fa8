"""Listings, categories, images and orders for Django: what is for sale, and its sale."""
