"""Whether a trend bends at a date, and whether the date is special.

A plan is signed, and growth speeds up afterwards. That is a *bend*, and a bend alone proves little.
Three questions guard against reading too much into it::

    levels() ─▶ bend(year)                 did growth change at all?
             └▶ relative() ─▶ bend(year)   did it change more than in a comparison country?
             └▶ bends() ─▶ rank_share()    would other years, or other countries, do as well?

The last is a placebo test: the same calculation where no plan was signed. Growth is measured in
log points (100 times the yearly change of the natural logarithm), because these add up: the bend
of a ratio is the difference of two bends.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

COUNTRIES = {
    "CHN": "China",
    "USA": "United States",
    "CAN": "Canada",
    "DEU": "Germany",
    "FRA": "France",
    "GBR": "United Kingdom",
    "IND": "India",
    "ISR": "Israel",
    "JPN": "Japan",
    "KOR": "South Korea",
}
"""China and the nine countries that all five series have in common."""

SERIES = {
    "oecd": "Venture money, OECD/Preqin",
    "estimated": "Private money, CSET with estimates",
    "disclosed": "Private money, CSET disclosed only",
    "papers": "AI papers",
    "patents": "AI patents filed",
}
"""The five series, by key."""

MONEY = ("oecd", "estimated", "disclosed")
"""Three series for what is meant to be the same quantity."""

OECD_EXPORT = "vc-investment-oecd-export-2026-09"

PLAN_YEAR = 2017
"""Year of the New Generation Artificial Intelligence Development Plan, signed in July. Half of the
year lies before it, so the year is the hinge of both trends."""

WINDOW = 2
"""Years on each side of the hinge. Patents are complete from 2014 to 2019 only: no longer window
fits all series."""

SMALL = 30
"""A count below this is too small for a trend: one filing more or less would bend it."""


def levels(
    *,
    ai_investment: pd.DataFrame,
    ai_investment_reports: pd.DataFrame,
    ai_research: pd.DataFrame,
) -> dict[str, pd.DataFrame]:
    """Gather the five series, complete years only.

    Parameters
    ----------
    ai_investment, ai_investment_reports, ai_research
        Tables of the data room of these names.

    Returns
    -------
    dict
        By key of :data:`SERIES` a table with one row for each year and one column for each of
        :data:`COUNTRIES`: billions of nominal US dollars, or counts. Missing values and counts
        below :data:`SMALL` are NaN, not zero.
    """
    exported = ai_investment_reports["series_id"].astype("string") == OECD_EXPORT
    whole = ~ai_investment_reports["part_year"].astype("boolean").fillna(True)
    money = ai_investment[ai_investment["complete"].astype("boolean").fillna(False)]
    money = money.assign(value=money["investment_usd_m"].astype(float) / 1000)
    counts = ai_research[ai_research["complete"].astype("boolean").fillna(False)]
    series = {
        "oecd": _wide(ai_investment_reports[exported & whole]),
        "estimated": _wide(_only(money, "private_investment_estimated")),
        "disclosed": _wide(_only(money, "private_investment_disclosed")),
        "papers": _wide(_only(counts, "ai_publications")),
        "patents": _wide(_only(counts, "ai_patent_applications")),
    }
    for key in ("papers", "patents"):
        series[key] = series[key].where(series[key] >= SMALL)
    return series


def _only(rows: pd.DataFrame, measure: str) -> pd.DataFrame:
    return rows[rows["measure"].astype("string") == measure]


def _wide(rows: pd.DataFrame) -> pd.DataFrame:
    """One row for each year, one column for each country."""
    plain = rows.astype({"iso3": "string", "year": int, "value": float})
    table = plain.pivot_table(index="year", columns="iso3", values="value", aggfunc="last")
    return table.reindex(columns=list(COUNTRIES)).astype(float)


def growth(levels: pd.DataFrame, first: int, last: int) -> pd.Series:
    """Growth of each column from one year to another.

    Parameters
    ----------
    levels
        One row for each year, one column for each country, positive.
    first, last
        First and last year, both included.

    Returns
    -------
    pandas.Series
        Log points a year: 100 times the slope of a straight line through the logarithms, by
        least squares. Missing where a year is missing or not positive.

    Raises
    ------
    ValueError
        If there are not at least two years.
    """
    if last <= first:
        raise ValueError(f"growth(): from {first} to {last} is no span of years")
    years = np.arange(first, last + 1)
    values = levels.reindex(years).astype(float)
    logs = np.log(values.where(values > 0))
    from_the_middle = pd.Series(years - years.mean(), index=years)
    slope = logs.mul(from_the_middle, axis="index").sum() / (from_the_middle**2).sum()
    return 100 * slope.where(logs.notna().all())


def bend(levels: pd.DataFrame, year: int, window: int = WINDOW) -> pd.Series:
    """Change of growth at a year: the growth after it minus the growth before it.

    Parameters
    ----------
    levels
        One row for each year, one column for each country.
    year
        The hinge; it belongs to both sides.
    window
        Years on each side.

    Returns
    -------
    pandas.Series
        Log points a year, positive if growth became faster. Missing where a year is.
    """
    before = growth(levels, year - window, year)
    after = growth(levels, year, year + window)
    return after - before


def relative(levels: pd.DataFrame, base: str = "USA") -> pd.DataFrame:
    """Each country's level divided by the base country's in the same year."""
    return levels.div(levels[base], axis="index")


def bends(levels: pd.DataFrame, window: int = WINDOW) -> pd.DataFrame:
    """Bend at every year that has a full window on both sides.

    Returns
    -------
    pandas.DataFrame
        One row for each possible year, one column for each country; log points a year.
    """
    first, last = levels.index.min(), levels.index.max()
    years = [] if levels.empty else list(range(first + window, last - window + 1))
    table = pd.DataFrame({year: bend(levels, year, window) for year in years}).T
    return table.reindex(columns=levels.columns).astype(float)


def rank_share(values: pd.Series, name: object) -> float:
    """Share of all values that are at least as large as one of them, itself included.

    Among ten countries the largest bend gets 0.1, the smallest 1. If the name were drawn at
    random, a share of 0.1 or less would come up one time in ten.

    Parameters
    ----------
    values
        One value for each country or each year; missing ones do not count.
    name
        Which of them.

    Returns
    -------
    A share above 0, or NaN if the named value is missing.
    """
    known = values.dropna()
    if name not in known.index:
        return float("nan")
    return float((known >= known[name]).mean())
