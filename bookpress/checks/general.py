"""What every table must keep to, whatever it is about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from bridgebook.catalog import Problem, Table

ORDERED = {
    ("low", "value"),
    ("value", "high"),
    ("low", "high"),
    ("ci_low", "score"),
    ("score", "ci_high"),
    ("low", "ideal_point"),
    ("ideal_point", "high"),
    ("amount_low", "amount_high"),
    ("amount_low_usd_m", "amount_high_usd_m"),
    ("count_low", "count_high"),
    ("parties_reported_low", "parties_reported_high"),
    ("sponsors_at_tabling", "sponsors_low"),
    ("sponsors_low", "sponsors_stated"),
    ("sponsors_stated", "sponsors_high"),
    ("active_params_b", "total_params_b"),
    ("score_low", "score"),
    ("year_start", "year_end"),
    ("from_year", "year"),
    ("year", "left_year"),
    ("un_member_since_year", "population_year"),
    ("period_start", "period_end"),
    ("date", "date_published"),
    ("date", "date_effective"),
    ("date", "status_date"),
    ("draft_date", "date_adopted"),
    ("release_date", "weights_date"),
    ("model_release_date", "run_date"),
    ("official_china", "official_all"),
    ("applications_registered", "services_filed"),
    ("part_n", "sample_n"),
    ("n_voted", "n_rollcalls"),
    ("n_with_chn", "n_voted"),
    ("n_with_usa", "n_voted"),
    ("agree_chn_pct", "agree_chn_graded_pct"),
    ("agree_usa_pct", "agree_usa_graded_pct"),
}
"""Pairs of columns of which the first is never above the second where both have a value."""

UNORDERED = {("benchmarks", "run_date")}
"""Where a pair does not hold: testers got some models days before their release."""


def in_order(table: Table) -> Iterator[Problem]:
    """Ends of ranges stand on their sides, dates follow one another, parts do not exceed wholes."""
    frame = table.frame
    for first, second in sorted(ORDERED):
        if {first, second} <= set(frame.columns) and (table.name, second) not in UNORDERED:
            wrong = (frame[first] > frame[second]).fillna(False)
            limit = frame[first].map(_shown)
            yield from table.problems(wrong, second, f"not below {first}, " + limit)


def _shown(value: Any) -> str:
    if pd.isna(value):
        return "blank"
    return f"{value:%Y-%m-%d}" if isinstance(value, pd.Timestamp) else f"{value:g}"


def sourced(table: Table) -> Iterator[Problem]:
    """A verified row names its source; no cell names a source twice."""
    frame = table.frame
    if "source" not in frame.columns:
        return
    if "verified" in frame.columns:
        wrong = frame["source"].isna() & (frame["verified"] == "yes")
        yield from table.problems(wrong, "source", "a key where verified is yes")
    keys = frame["source"].dropna().str.split(";")
    twice = keys[keys.map(lambda names: len(set(names)) < len(names))]
    for row in twice.index:
        yield table.problem(row, "source", "each key once")


def known_codes(table: Table, countries: Table) -> Iterator[Problem]:
    """Every code in a list of countries is a code of the table ``countries``."""
    known = set(countries.frame["iso3"])
    for column in table.frame.columns:
        if column.endswith("iso3"):
            lists = table.frame[column].astype("string").dropna()
            for row, cell in lists[lists.str.contains(";")].items():
                codes = cell.split(";")
                if not set(codes) <= known or len(set(codes)) < len(codes):
                    yield table.problem(row, column, "codes of countries, each once")


def same_within(
    table: Table, group: str, columns: list[str], what: str | None = None
) -> Iterator[Problem]:
    """Columns that describe a group have one value in all its rows: the usual one counts.

    Parameters
    ----------
    table
        The table.
    group
        Column that names the group.
    columns
        Columns that describe it.
    what
        How to call the group in the message; its column name by default.

    """
    frame = table.frame
    for column in columns:
        cells = frame[column].astype("string").fillna("blank")
        right = usual(cells, frame[group])
        words = right + f", as in the other rows of this {what or group}"
        yield from table.problems(cells != right, column, words)


def usual(values: pd.Series, by: pd.Series) -> pd.Series:
    """Return for each row the most common value of its group; missing where the group has none."""
    pairs = pd.DataFrame({"by": by.astype("string"), "value": values.astype("string")}).dropna()
    counts = pairs.value_counts().reset_index()  # the most common first
    return pairs["by"].map(counts.drop_duplicates("by").set_index("by")["value"]).reindex(by.index)


def filled_together(
    table: Table, columns: list[str], where: pd.Series, why: str
) -> Iterator[Problem]:
    """Columns have a value in the rows that ``where`` marks, and in no other."""
    for column in columns:
        has = table.frame[column].notna()
        yield from table.problems(where & ~has, column, f"a value {why}")
        yield from table.problems(~where & has, column, f"a blank, except {why}")
