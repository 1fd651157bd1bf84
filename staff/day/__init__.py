"""The day itself: tests beforehand, the doors, the board, the run of show."""
