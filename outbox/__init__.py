"""How people are reached: the outbox, channels, delivery, receipts. Knows nothing about conferences."""
