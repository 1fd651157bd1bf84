"""Before the day: who comes, and to which bridge point."""
