"""Rebuild the tables that come from third-party files, and say what changed.

A builder turns upstream files, as their makers publish them, into one table of the data room. The
files are listed under ``bridgebook:upstream`` in ``data/package.yml`` with their address and
checksum, so anybody can fetch the same bytes and get the same table::

    bridgebook refresh --from FOLDER          # upstream files that lie in a folder
    bridgebook refresh electricity            # fetched from their address
    bridgebook refresh --from FOLDER --check  # write nothing; exit code 1 if anything would change

Nothing is written unless every table asked for was built and passes every check of the data room;
the reviewer sees rows that came and went, values that moved, and which chapters and verdicts
depend on them.
"""

# Each module below registers its builders.
from bookpress.refresh import (  # noqa: F401
    arena,
    benchmarks,
    borders,
    countries,
    cset,
    energy,
    entity_list,
    epoch,
    microsoft,
    prices,
    robots,
    votes,
    worldbank,
)
from bookpress.refresh.builders import BUILDERS
from bookpress.refresh.upstream import RefreshError

__all__ = ["BUILDERS", "RefreshError"]
