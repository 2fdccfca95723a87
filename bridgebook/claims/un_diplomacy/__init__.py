"""Rules of the chapters in the part “UN diplomacy”."""
