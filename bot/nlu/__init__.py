"""Language understanding: the NLU components of the Rasa pipeline."""
