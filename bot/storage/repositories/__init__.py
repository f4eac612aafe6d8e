"""Repositories: each turns rows of a few tables into values of the core and back."""
