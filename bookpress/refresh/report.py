"""What a refresh changes, in words a reviewer can follow."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

SHOWN = 5
"""Rows and values that the summary names before it only counts."""

Key = tuple[str, ...]


@dataclass(frozen=True)
class Moved:
    """One value that differs between two editions of a row."""

    key: Key
    column: str
    before: str
    after: str
    change: float
    """Relative change of a number; infinite for text, dates, flags, and to or from missing."""

    def __str__(self) -> str:
        share = "" if self.change == float("inf") else f" ({self.change:+.1%})"
        return f"{' / '.join(self.key)}, {self.column}: {self.before} → {self.after}{share}"


@dataclass(frozen=True)
class Change:
    """The difference between two editions of a table.

    Parameters
    ----------
    table
        Name of the table.
    rows_before, rows_after
        Numbers of rows.
    added, removed
        Keys of rows that came and went.
    moved
        Values that differ by more than the tolerance, the largest change first.
    within
        How many more values differ by less.
    reordered
        Whether rows that stayed are now in another order.

    """

    table: str
    rows_before: int
    rows_after: int
    added: list[Key] = field(default_factory=list)
    removed: list[Key] = field(default_factory=list)
    moved: list[Moved] = field(default_factory=list)
    within: int = 0
    reordered: bool = False

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.moved or self.within or self.reordered)

    def lines(self) -> Iterator[str]:
        """Say it: one line that counts, then the first few of each kind."""
        if not self:
            yield f"{self.table}: unchanged ({self.rows_after:,} rows)"
            return
        yield (
            f"{self.table}: {self.rows_before:,} → {self.rows_after:,} rows; "
            f"{len(self.added):,} added, {len(self.removed):,} removed, "
            f"{len(self.moved):,} values moved, {self.within:,} moved within the tolerance"
            + (", order changed" if self.reordered else "")
        )
        for sign, keys in (("+", self.added), ("-", self.removed)):
            yield from (f"  {sign} {' / '.join(key)}" for key in keys[:SHOWN])
            if len(keys) > SHOWN:
                yield f"  {sign} and {len(keys) - SHOWN:,} more"
        yield from (f"  ~ {moved}" for moved in self.moved[:SHOWN])
        if len(self.moved) > SHOWN:
            yield f"  ~ and {len(self.moved) - SHOWN:,} more"


def compare(
    table: str,
    before: pd.DataFrame,
    after: pd.DataFrame,
    key: Sequence[str],
    tolerance: float = 0.0,
) -> Change:
    """Compare two editions of a table row by row.

    Parameters
    ----------
    table
        Its name.
    before, after
        Typed rows with the same columns.
    key
        Columns that identify a row.
    tolerance
        Relative change of a number up to which it is only counted, not listed.

    """
    old, new = _keyed(before, key), _keyed(after, key)
    stayed = old.index.intersection(new.index, sort=False)
    moved = []
    for column in [name for name in before.columns if name not in key]:
        moved += _moved(old.loc[stayed, column], new.loc[stayed, column])
    large = [one for one in moved if abs(one.change) > tolerance]
    large.sort(key=lambda one: (-abs(one.change), one.key))
    kept_order = new.index[new.index.isin(stayed)]
    return Change(
        table,
        len(before),
        len(after),
        added=list(new.index.difference(old.index, sort=False)),
        removed=list(old.index.difference(new.index, sort=False)),
        moved=large,
        within=len(moved) - len(large),
        reordered=not kept_order.equals(stayed),
    )


def _keyed(frame: pd.DataFrame, key: Sequence[str]) -> pd.DataFrame:
    """Index a frame by its key as tuples of text."""
    cells = [_as_text(frame[column]) for column in key]
    return frame.set_axis(pd.Index(list(zip(*cells, strict=True)), tupleize_cols=False))


def _as_text(column: pd.Series) -> pd.Series:
    if pd.api.types.is_datetime64_any_dtype(column):
        return column.dt.strftime("%Y-%m-%d").fillna("blank")
    return column.astype("string").fillna("blank")


def _moved(old: pd.Series, new: pd.Series) -> list[Moved]:
    """List the cells of one column that differ."""
    words_old, words_new = _as_text(old), _as_text(new)
    differs = (words_old != words_new).to_numpy(dtype=bool)
    numeric = pd.api.types.is_numeric_dtype(old) and not pd.api.types.is_bool_dtype(old)
    found = []
    for place in differs.nonzero()[0]:
        change = float("inf")
        if numeric and pd.notna(old.iloc[place]) and pd.notna(new.iloc[place]) and old.iloc[place]:
            change = float(new.iloc[place] / old.iloc[place] - 1)
        key = old.index[place]
        found.append(Moved(key, old.name, words_old.iloc[place], words_new.iloc[place], change))
    return found


# --- what depends on a table -------------------------------------------------------------------


def chapters_using(tables: Iterable[str], chapters: Path) -> list[str]:
    """Pages whose front matter names a table, such as ``strategy/money-and-the-state``."""
    from bookpress.sources import front_matter

    wanted = set(tables)
    found = []
    for path in sorted(chapters.rglob("*.md")):
        declared = front_matter(path.read_text("utf-8"))
        if wanted & set(declared.get("tables", [])):
            found.append(path.relative_to(chapters).with_suffix("").as_posix())
    return found


def verdicts_using(
    before: Mapping[str, pd.DataFrame], after: Mapping[str, pd.DataFrame]
) -> Iterator[str]:
    """Say for each rule that reads a changed table what the verdict was and what it becomes."""
    from bridgebook.verdicts import rules, verdict

    for claim_id, rule in rules().items():
        needed = set(inspect.signature(rule).parameters) & set(after)
        if not needed:
            continue
        was = verdict(claim_id, **{name: before[name] for name in needed if name in before})
        now = verdict(claim_id, **{name: after[name] for name in needed})
        if was.outcome != now.outcome:
            yield f"{claim_id}: {was.outcome} → {now.outcome}"
        elif dict(was.numbers) != dict(now.numbers):
            yield f"{claim_id}: still {now.outcome}, with other numbers"
        else:
            yield f"{claim_id}: still {now.outcome}"
