"""The day seen from the main point: rooms, board, incidents, run of show."""
