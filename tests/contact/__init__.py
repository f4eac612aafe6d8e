"""May we write now: the way from the outbox through the gate, on both databases."""
