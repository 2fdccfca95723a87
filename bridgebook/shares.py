"""Shares with their denominators: how many of how many, how sure, and what a gap may hide.

A share is two numbers and a rule about blanks. This module keeps the three together::

    flags (true, false, missing) ─▶ shares() ─▶ cases, known, yes, share, interval, bounds

Three principles hold throughout.

* *Missing is not no.* A share divides by the cases whose answer is known. ``at_least`` and
  ``at_most`` say what the unknown cases could make of it.
* *Few cases, wide interval.* :func:`wilson` says how far a share could lie from the rate behind it
  if the cases were independent draws. A list that somebody chose is no random draw, so the interval
  is a lower bound on the doubt, not a measure of all of it.
* *Two intervals are not one comparison.* Whether two shares differ is asked of their difference
  (:func:`difference`); intervals that overlap can still belong to shares that differ.

Sources: `wilson1927`, `newcombe1998_difference`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

Z95 = 1.959963984540054
"""Standard deviations on either side of the mean that hold 95 percent of a normal distribution."""


def wilson(yes: Any, known: Any, z: float = Z95) -> tuple[Any, Any]:
    """Interval around a share that stays between 0 and 1 and works for few cases (Wilson, 1927).

    It holds every rate p from which the observed share lies at most ``z`` standard deviations away,
    the deviation being that of p itself, not of the observed share.

    Parameters
    ----------
    yes, known
        Counts: single numbers or columns of the same shape, ``0 <= yes <= known``.
    z
        Width in standard deviations.

    Returns
    -------
    tuple
        Lower and upper end, shape of the input; missing where nothing is known.

    Raises
    ------
    ValueError
        If a count is negative or there are more yes than known cases.

    """
    hits, n = np.asarray(yes, dtype=float), np.asarray(known, dtype=float)
    if ((hits < 0) | (hits > n)).any():
        raise ValueError("wilson(): counts must satisfy 0 <= yes <= known")
    n = np.where(n > 0, n, np.nan)
    share = hits / n
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    low = np.where(hits == 0, 0.0 * n, centre - half)
    high = np.where(hits == n, 1.0, centre + half)
    return _like(yes, low), _like(yes, high)


def difference(
    yes: int, known: int, other_yes: int, other_known: int, z: float = Z95
) -> tuple[float, float]:
    """Interval around the first share minus the second, built from both Wilson intervals.

    Parameters
    ----------
    yes, known
        Counts of the first group.
    other_yes, other_known
        Counts of the second group.
    z
        Width in standard deviations.

    Returns
    -------
    tuple of float
        Ends of the interval between -1 and 1, missing if a group has no known case. If zero lies
        outside, the shares differ by more than chance would explain.

    """
    if not known or not other_known:
        return float("nan"), float("nan")
    share, other = yes / known, other_yes / other_known
    low, high = wilson(yes, known, z)
    other_low, other_high = wilson(other_yes, other_known, z)
    below = float(np.hypot(share - low, other_high - other))
    above = float(np.hypot(high - share, other - other_low))
    return max(share - other - below, -1.0), min(share - other + above, 1.0)


def shares(answer: pd.Series, by: Any) -> pd.DataFrame:
    """Count, for each group, how often the answer is yes, and how sure that makes us.

    Parameters
    ----------
    answer
        True, false or missing, one value per case.
    by
        What :meth:`pandas.Series.groupby` takes: labels of the same index, or a list of them.

    Returns
    -------
    pandas.DataFrame
        One row per group. ``cases``, ``known``, ``yes``: counts. ``share``: yes among known;
        ``low``, ``high``: its 95 percent interval; missing where nothing is known. ``at_least``,
        ``at_most``: share of all cases if every missing answer were no, or yes.

    """
    flags = answer.astype("boolean").groupby(by, observed=True)
    counts = pd.DataFrame({"cases": flags.size(), "known": flags.count(), "yes": flags.sum()})
    counts = counts.astype(int)
    counts["share"] = counts["yes"] / counts["known"].where(counts["known"] > 0)
    counts["low"], counts["high"] = wilson(counts["yes"], counts["known"])
    missing = counts["cases"] - counts["known"]
    counts["at_least"] = counts["yes"] / counts["cases"]
    counts["at_most"] = (counts["yes"] + missing) / counts["cases"]
    return counts


def effective_number(counts: Any) -> float:
    """How many developers of equal weight would be as concentrated as these (inverse Herfindahl).

    Parameters
    ----------
    counts
        Cases of each developer, not negative.

    Returns
    -------
    float
        From 1 (one has all) to the number of developers (all have the same); 0 without cases.

    """
    sizes = np.asarray(counts, dtype=float)
    total = sizes.sum()
    return float(1 / ((sizes / total) ** 2).sum()) if total > 0 else 0.0


def first_of(names: pd.Series) -> pd.Series:
    """First name of each list separated by semicolons: the organisation that leads."""
    return names.astype("string").str.split(";").str[0].str.strip()


def _like(template: Any, values: Any) -> Any:
    """Give values the form of the input: a column stays a column, a number a number."""
    if isinstance(template, pd.Series):
        return pd.Series(values, index=template.index)
    return float(values) if np.ndim(values) == 0 else values
