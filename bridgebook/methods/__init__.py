"""The methods that chapters teach: each formula is defined once, tested, and shown on the page."""
