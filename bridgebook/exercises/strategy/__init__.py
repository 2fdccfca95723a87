"""Exercises of the chapters in the part “Strategy”."""
