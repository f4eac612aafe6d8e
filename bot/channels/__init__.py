"""Rasa input channels: they store a message, run its turn, speak what was decided. In the Rasa process."""
