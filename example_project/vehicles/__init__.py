"""Cars as a kind of listing."""
