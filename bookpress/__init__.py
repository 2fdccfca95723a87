"""Builds the book from the repository: commands, checks, derived tables, pages.

Readers never run any of this: what they run is the package ``bridgebook``, which imports nothing
from here.
"""
