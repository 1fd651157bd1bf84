"""The day itself: the personal join page and who was there."""
