"""Pages of this room for people without an account."""
