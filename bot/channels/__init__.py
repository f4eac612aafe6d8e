"""Rasa input channels: they take a message, store it, run the turn and speak what was decided. Run in the Rasa process."""
