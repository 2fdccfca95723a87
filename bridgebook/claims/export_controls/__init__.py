"""Rules of the chapters in the part “Export controls”."""
