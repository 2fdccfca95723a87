"""Shares with their denominators: counts, intervals, and bounds for missing answers.

A share is two numbers and a rule about blanks. This module keeps the three together::

    flags (true, false, missing) ─▶ shares() ─▶ cases, known, yes, share, interval, bounds

Three principles hold throughout.

* *Missing is not no.* A share divides by the cases whose answer is known. ``at_least`` and
  ``at_most`` say what the unknown cases could make of it.
* *Few cases, wide interval.* :func:`bridgebook.methods.intervals.wilson` says how far a share could
  lie from the rate behind it if the cases were independent draws. A hand-picked list is not a
  random draw, so the interval is a lower bound on the uncertainty, not a measure of all of it.
* *Two intervals are not one comparison.* Whether two shares differ follows from their difference
  (:func:`difference`); intervals that overlap can still belong to shares that differ.

Sources: `wilson1927`, `newcombe1998_difference`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from bridgebook.methods.intervals import Z95, difference_interval, wilson


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
    low, high = difference_interval(
        share, *wilson(yes, known, z), other, *wilson(other_yes, other_known, z)
    )
    return max(float(low), -1.0), min(float(high), 1.0)


def shares(answer: pd.Series, by: Any) -> pd.DataFrame:
    """Count, for each group, how often the answer is yes, with the share and its interval.

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
