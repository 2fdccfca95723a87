"""What today's list shows of the past, and what it cannot show (survivorship bias).

A snapshot of a register holds only its current entries. Entries that were removed leave no trace,
so the past looks smaller than it was, and the further back, the smaller::

    all who ever entered ───────left before the snapshot──▶ not in the table
                               └─still there──────────────▶ survivors, with their day of entry

With days of entry *and* of exit one would draw a survival curve (Kaplan and Meier, 1958). A
snapshot has no exits. But it allows one question: which rate of leaving would make the survivors
agree with a count taken at the time?
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import pandas as pd

DAYS_PER_YEAR = 365.25

SNAPSHOT = pd.Timestamp("2026-07-31")
"""Day on which the rows of ``entity_list`` were on the Entity List."""

COUNTED: Mapping[int, int] = MappingProxyType({2018: 218, 2023: 787})
"""Chinese entities on the Entity List in two years, as the authority counted them. From its report
of July 2024, known through the press (``theregister2024_07_03``). The press does not give the day;
the book reads the end of the year."""


def year_end(year: int) -> pd.Timestamp:
    """Return the last day of a year, the day to which :data:`COUNTED` is taken to refer."""
    return pd.Timestamp(year=year, month=12, day=31)


def years_between(start: pd.Timestamp, end: pd.Timestamp) -> float:
    """Return the time from one day to another in years; negative if ``end`` is the earlier."""
    return float((end - start).days / DAYS_PER_YEAR)


def surviving_share(rate: float, years: float) -> float:
    """Return the share still on a list after some years.

    Every year the same share of those still on the list leaves it.

    Parameters
    ----------
    rate
        Share that leaves each year, from 0 up to but not including 1.
    years
        Time since the count, in years, not negative.

    Raises
    ------
    ValueError
        If the rate or the time is out of range.

    """
    if not 0 <= rate < 1:
        raise ValueError(f"rate is a share of at least 0 and less than 1, got {rate}")
    if years < 0:
        raise ValueError(f"years cannot be negative, got {years}")
    return float((1 - rate) ** years)


def listed_then(
    survivors: pd.Series, day: pd.Timestamp, rate: float, snapshot: pd.Timestamp = SNAPSHOT
) -> float:
    """Estimate how many were on the list on an earlier day, from those still on it.

    Entries made by then that survive were certainly on the list. Dividing their number by the share
    that survives from that day to the snapshot gives the total on the list then.

    Parameters
    ----------
    survivors
        Days of entry of the rows in the snapshot; missing days are left out.
    day
        The earlier day, not after the snapshot.
    rate
        Share that leaves each year.
    snapshot
        Day of the snapshot.

    """
    still_here = int((survivors <= day).sum())
    return still_here / surviving_share(rate, years_between(day, snapshot))


def implied_rate(counted: float, survivors: float, years: float) -> float:
    """Return the yearly rate of leaving that turns a count of the time into today's survivors.

    Parameters
    ----------
    counted
        How many were on the list then.
    survivors
        How many of them are on it now.
    years
        Time between the two, in years, more than zero.

    Returns
    -------
    float
        A share of those still on the list, each year. Negative if more survive than were counted:
        then the two counts do not measure the same thing.

    Raises
    ------
    ValueError
        If the count or the time is not positive, or survivors are negative.

    """
    if counted <= 0 or years <= 0 or survivors < 0:
        raise ValueError("implied_rate() needs a positive count, a positive time, no negative rows")
    return float(1 - (survivors / counted) ** (1 / years))


def seen_and_gone(
    survivors: pd.Series, rate: float, look: pd.Timestamp, snapshot: pd.Timestamp = SNAPSHOT
) -> pd.DataFrame:
    """Split the entries of each year into those that a snapshot shows and those it misses.

    Parameters
    ----------
    survivors
        Days of entry of the rows in the snapshot; missing days are left out.
    rate
        Assumed share that leaves each year.
    look
        Day of a hypothetical earlier snapshot, not after ``snapshot``.
    snapshot
        Day of the actual snapshot.

    Returns
    -------
    pandas.DataFrame
        One row for each year from the first entry up to ``look``; ``seen`` and ``gone`` are
        numbers of entries (fractions, since they are expectations).

    """
    entered = survivors.dropna()
    entered = entered[entered <= look]
    ever = 1 / (1 - rate) ** ((snapshot - entered).dt.days / DAYS_PER_YEAR)
    seen = ever * (1 - rate) ** ((look - entered).dt.days / DAYS_PER_YEAR)
    year = entered.dt.year
    every = pd.RangeIndex(int(year.min()), look.year + 1) if len(year) else pd.RangeIndex(0)
    table = pd.DataFrame({"seen": seen, "gone": ever - seen}).groupby(year).sum()
    return table.reindex(every, fill_value=0.0).rename_axis("year").astype(float)
