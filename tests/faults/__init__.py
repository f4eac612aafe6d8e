"""Faults and races: what dies, stops, hangs, or happens twice at the same moment."""
