"""Judges a conversation by what was seen and by the rows it left, without asking the code that decided."""

from bench.simulation.oracle.judgement import judge

__all__ = ["judge"]
