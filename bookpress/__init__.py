"""What makes the book out of the repository: commands, checks, refreshed tables, pages.

Readers never run any of this: what they run is the package ``bridgebook``, which imports nothing
from here.
"""
