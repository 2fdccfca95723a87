"""The full check of the data folder: every table, the descriptor, and what tables say together.

``load`` refuses a table that breaks its own contract. This package also looks across rows and
tables: sums, units, dates in order, keys that point somewhere, sources that exist, the same
quantity in two tables. One module per theme holds those rules; each is a generator of problems
that names table, line and column::

    python -m bookpress.checks                   # exit code 1 and a list of problems
    python -m bookpress.checks --update-hashes   # after a wanted change of a table
"""

from bookpress.checks.run import check, check_if_changed, main, update_hashes

__all__ = ["check", "check_if_changed", "main", "update_hashes"]
