"""Measurements beside raw SQL, or a bare socket server, for the same work in the same run."""
