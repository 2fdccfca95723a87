"""The methods that chapters teach: each formula once, tested, and shown on the page."""
