"""Reads every room, writes nothing: what organisers look at, and what needs their attention."""
