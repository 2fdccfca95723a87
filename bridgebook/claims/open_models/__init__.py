"""Rules of the chapters in the part “Open models”."""
