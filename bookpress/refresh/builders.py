"""The registry of builders, and what a builder may read."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from typing import Any

import pandas as pd

from bookpress.refresh.upstream import RefreshError, Store, Upstream, checksum
from bridgebook import catalog

Build = Callable[["Inputs"], pd.DataFrame]


@dataclass(frozen=True)
class Builder:
    """How one table is made.

    Parameters
    ----------
    table
        Name of the table.
    reads
        Upstream files, as listed in the descriptor.
    needs
        Tables of the data room that the builder looks things up in.
    build
        Returns the rows, with the columns of the table's schema.

    """

    table: str
    reads: tuple[str, ...]
    needs: tuple[str, ...]
    build: Build


BUILDERS: dict[str, Builder] = {}
"""All builders by table."""


def builder(
    table: str, reads: Iterable[str], needs: Iterable[str] = ()
) -> Callable[[Build], Build]:
    """Register a function that builds a table from upstream files and other tables."""

    def register(function: Build) -> Build:
        BUILDERS[table] = Builder(table, tuple(reads), tuple(needs), function)
        return function

    return register


def in_order(tables: Iterable[str]) -> list[str]:
    """Sort tables so that each comes after those it looks things up in."""
    wanted = set(tables)
    graph = {name: set(BUILDERS[name].needs) & wanted for name in sorted(wanted)}
    return list(TopologicalSorter(graph).static_order())


def with_dependents(tables: Iterable[str]) -> set[str]:
    """Add the tables that are computed from these, so that none is left behind."""
    chosen = set(tables)
    while True:
        more = {name for name, made in BUILDERS.items() if set(made.needs) & chosen} - chosen
        if not more:
            return chosen
        chosen |= more


@dataclass
class Inputs:
    """What a builder reads: upstream files and tables.

    Parameters
    ----------
    store
        Where upstream files come from.
    upstream
        The files of the descriptor, by path.
    built
        Tables built earlier in this run; they take the place of the committed ones.
    hashes
        Checksums of the files read so far, by path.

    """

    store: Store
    upstream: Mapping[str, Upstream]
    built: dict[str, pd.DataFrame] = field(default_factory=dict)
    hashes: dict[str, str] = field(default_factory=dict)

    def read(self, path: str) -> bytes:
        """Return the bytes of an upstream file."""
        if path not in self.upstream:
            raise RefreshError(f"{path} is not listed under bridgebook:upstream in the descriptor")
        content = self.store.read(self.upstream[path])
        self.hashes[path] = checksum(content)
        return content

    def csv(self, path: str, columns: Sequence[str] = (), **options: Any) -> pd.DataFrame:
        """Read an upstream CSV file; every cell stays the text it is, blanks stay blank.

        Parameters
        ----------
        path
            Path of the file.
        columns
            Columns that the builder relies on.
        options
            For :func:`pandas.read_csv`, e.g. ``encoding`` or ``skiprows``.

        Raises
        ------
        RefreshError
            If the file cannot be read as CSV, or lacks a column: its maker changed the format.

        """
        options = {"dtype": str, "keep_default_na": False, "encoding": "utf-8-sig"} | options
        try:
            frame = pd.read_csv(io.BytesIO(self.read(path)), **options)
        except (ValueError, UnicodeDecodeError) as error:
            raise RefreshError(f"{path} is not the CSV file it was: {error}") from None
        missing = [column for column in columns if column not in frame.columns]
        if missing:
            there = ", ".join(frame.columns[:12])
            raise RefreshError(
                f"{path} lacks the column {missing[0]!r}; it has {there}... "
                "Its maker changed the format: adapt the builder."
            )
        return frame

    def json(self, path: str) -> Any:
        """Read an upstream JSON file."""
        try:
            return json.loads(self.read(path))
        except ValueError as error:
            raise RefreshError(f"{path} is not valid JSON: {error}") from None

    def table(self, name: str) -> pd.DataFrame:
        """Return a table: as built in this run, else the committed one."""
        return self.built[name] if name in self.built else catalog.load(name)

    def iso3(
        self, names: pd.Series, path: str, aliases: Mapping[str, str | None] | None = None
    ) -> pd.Series:
        """Turn country names into codes of the table ``countries``.

        Parameters
        ----------
        names
            Names as an upstream file writes them; blank stays missing.
        path
            The file, for messages.
        aliases
            Codes for names that ``countries`` does not know; None where the name is none of its
            countries or groups and the row is to be left out.

        Raises
        ------
        RefreshError
            If a name is neither in ``countries`` nor among the aliases.

        """
        countries = self.table("countries")
        known: dict[str, str | None] = {"": None}
        for column in ("name_un", "name"):
            named = countries.dropna(subset=[column])
            known |= dict(zip(named[column], named["iso3"], strict=True))
        known |= aliases or {}
        strange = sorted(set(names) - set(known))
        if strange:
            raise RefreshError(
                f"{path}: no code for {', '.join(map(repr, strange[:5]))}. Add the country to the "
                "table countries or the name to the builder's aliases."
            )
        return names.map(known).astype("string")


def number(text: pd.Series) -> pd.Series:
    """Read a column of numbers; blanks become missing."""
    return pd.to_numeric(text.replace("", None))
