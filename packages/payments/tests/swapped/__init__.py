"""Every model of the package replaced, and a user with a UUID key."""
