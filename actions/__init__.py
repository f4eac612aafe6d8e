"""The Rasa actions: thin, one module a topic. What they do lives in bot/services/."""
