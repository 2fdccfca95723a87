"""Exercises of the chapters in the part “Verdict”."""
