"""What we say and to whom: texts, reminder rules, announcements, notices of change, and what became of them."""
