"""Entity extraction: families of expression, each with its own cases."""
