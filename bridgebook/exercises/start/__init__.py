"""Exercises of the chapters in the part “Start”."""
