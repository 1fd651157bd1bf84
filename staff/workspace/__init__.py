"""The workspace of a conference: its frame, its tabs, and what every page in it does in the same way."""
