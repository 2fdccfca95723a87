"""One chart for every table: how many rows it has by year, or by category."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from bridgebook.page import charts

COVERAGE = "bridgebook:coverage"
"""Descriptor key that names the column to count."""

BARS = 12
"""Categories that the coverage chart shows before it groups the rest."""


def coverage_figure(resource: dict[str, Any], frame: pd.DataFrame) -> tuple[Figure, str]:
    """Draw how many rows a table has by year, or by category where time plays no part.

    Parameters
    ----------
    resource
        Descriptor of the table; ``bridgebook:coverage`` names the column that is counted.
    frame
        Its rows.

    Returns
    -------
    The figure, and its alt text.
    """
    column = resource[COVERAGE]
    values = frame[column]
    if pd.api.types.is_datetime64_any_dtype(values):
        return _by_year(resource, values.dt.year, column)
    if column.endswith("year"):
        return _by_year(resource, values, column)
    return _by_category(resource, values, column)


def _by_year(resource: dict[str, Any], years: pd.Series, column: str) -> tuple[Figure, str]:
    counts = years.dropna().astype(int).value_counts().sort_index()
    first, last, peak = counts.index[0], counts.index[-1], counts.idxmax()
    fig, ax = charts.figure(2.3)
    ax.bar(counts.index, counts, width=0.8, color=charts.COLOUR["USA"])
    ax.set_xlim(first - 0.7, max(last, first + 3) + 0.7)
    ax.xaxis.get_major_locator().set_params(integer=True, nbins=8)
    ax.yaxis.get_major_locator().set_params(integer=True, nbins=4)
    span = f"{first}" if first == last else f"{first} to {last}"
    unknown = int(years.isna().sum())
    what = "Rows by year" if column == "year" else f"Rows by year of {column}"
    charts.finish(
        fig,
        f"{len(years):,} rows, {span}",
        f"{what}, most in {peak}" + (f"; {unknown:,} without one" if unknown else ""),
        source=charts.source_line([resource["name"]]),
    )
    return fig, (
        f"Bar chart of the {len(years):,} rows of the table {resource['name']} by year of "
        f"{column}, {span}; {counts.max():,} rows are of {peak}."
    )


def _by_category(resource: dict[str, Any], values: pd.Series, column: str) -> tuple[Figure, str]:
    counts = values.astype("string").fillna("blank").value_counts()
    shown = counts.iloc[:BARS]
    if len(counts) > BARS:
        shown = counts.iloc[: BARS - 1]
        shown[f"{len(counts) - len(shown)} others"] = counts.iloc[BARS - 1 :].sum()
    fig, ax = charts.figure(1.1 + 0.24 * len(shown))
    rows = range(len(shown))
    ax.barh(rows, shown, height=0.7, color=charts.COLOUR["USA"])
    ax.set(yticks=rows, yticklabels=[_short(name) for name in shown.index], xlim=(0, None))
    ax.invert_yaxis()
    ax.xaxis.get_major_locator().set_params(integer=True, nbins=5)
    ax.grid(axis="y", visible=False)
    ax.grid(axis="x", visible=True)
    charts.finish(
        fig,
        f"{len(values):,} rows, {len(counts)} values of {column}",
        f"Rows by {column}",
        source=charts.source_line([resource["name"]]),
    )
    return fig, (
        f"Bar chart of the {len(values):,} rows of the table {resource['name']} by {column}; "
        f"most, {shown.iloc[0]:,}, have {shown.index[0]}."
    )


def _short(text: str) -> str:
    return text if len(text) <= 26 else text[:25] + "…"
