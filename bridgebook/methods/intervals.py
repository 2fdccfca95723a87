"""Values with an interval: of a share, and of the difference of two values.

Both kinds serve whatever is measured, models on a list, votes or questions answered::

    yes of known ─▶ wilson() ─┐
    a value with its interval ┴─▶ difference_interval()

Two intervals are not one comparison: they may overlap although the values differ. To see whether
they differ, look at the interval of the difference.

Sources: `wilson1927`, `newcombe1998_difference`.
"""

from __future__ import annotations

from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd

Z95 = NormalDist().inv_cdf(0.975)
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


def difference_interval(a: Any, a_low: Any, a_high: Any, b: Any, b_low: Any, b_high: Any) -> Any:
    """Give the interval of a difference from the intervals of two independent values.

    Parameters
    ----------
    a, a_low, a_high, b, b_low, b_high
        Two values with the ends of their intervals, all of one coverage; numbers or columns. The
        intervals need not be symmetric.

    Returns
    -------
    Lower and upper end for ``a - b``, of the same coverage.

    Notes
    -----
    Errors add as squares, not as lengths: the interval of a difference is shorter than the two
    intervals laid end to end, so two intervals may overlap although the difference is clear.
    """
    difference = a - b
    low = difference - np.sqrt((a - a_low) ** 2 + (b_high - b) ** 2)
    high = difference + np.sqrt((a_high - a) ** 2 + (b - b_low) ** 2)
    return low, high


def _like(template: Any, values: Any) -> Any:
    """Give values the form of the input: a column stays a column, a number a number."""
    if isinstance(template, pd.Series):
        return pd.Series(values, index=template.index)
    return float(values) if np.ndim(values) == 0 else values
