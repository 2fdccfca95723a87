"""What training costs: from parameters and tokens to operations, hours and dollars, and back.

Few developers say how much computing power a model took. What can be said follows from a chain of
multiplications, each with a gap of its own::

    parameters, tokens ─▶ training_flop() ─▶ accelerator_hours() ─▶ cost_usd()
                          implied_tokens() ◀─┘ implied_utilisation()

* An operation is one floating-point multiplication or addition; *FLOP* counts them. It is no rate.
* Of a mixture of experts only the *active* parameters work on a token, so only they count.
* An estimate of operations is uncertain by a *factor*, not by a sum: half and double are equally
  far away. Factors of a quotient combine as squares of their logarithms, :func:`ratio_range`.
* *Equal* models are those that voters on one board rate about the same, :func:`level_rivals`.

Sources of the numbers: ``epoch_models`` (`epoch_notable_202607`), ``releases`` for hours and costs
that developers state, ``arena`` for votes (`arena_copy_20261005`), ``chips`` for peak rates.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from bridgebook.methods import ratings

OPERATIONS_PER_PARAMETER = 6
"""Operations for each active parameter and token: two on the way forward, four on the way back."""

SECONDS_PER_HOUR = 3600

FACTORS = {"Confident": 3.0, "Likely": 10.0, "Speculative": 30.0}
"""Ours: what Epoch AI's three words of confidence are taken to mean. The true value lies between
the estimate divided by the factor and the estimate times it. The table has the words only."""

LEVEL_POINTS = 30.0
"""Ours: two models are level if their ratings differ by no more than this; the better one then wins
at most 54 of 100 decided votes."""

PEER_DAYS = 183
"""Ours: two models are of the same time if their releases lie at most half a year apart. Training
gets more efficient every year, so an older rival would flatter the younger model."""


# --- operations, hours, dollars ---------------------------------------------------------------


def training_flop(active_parameters: Any, tokens: Any) -> Any:
    """Estimate the operations of a training run by counting.

    Parameters
    ----------
    active_parameters
        Parameters that work on one token; a number, an array or a column.
    tokens
        Tokens read during training, repetitions counted.

    Returns
    -------
    Floating-point operations. Attention over long texts and later stages come on top.
    """
    return OPERATIONS_PER_PARAMETER * active_parameters * tokens


def implied_tokens(flop: Any, active_parameters: Any) -> Any:
    """Invert :func:`training_flop`: the tokens that an estimate implies."""
    return flop / (OPERATIONS_PER_PARAMETER * active_parameters)


def accelerator_hours(flop: Any, peak_tflops: Any, utilisation: Any) -> Any:
    """Turn operations into hours of one accelerator.

    Parameters
    ----------
    flop
        Operations to be done.
    peak_tflops
        What the data sheet promises for dense numbers of one format, in tera-operations per second.
    utilisation
        Share of that peak that does useful work, above 0 and at most 1.

    Raises
    ------
    ValueError
        If a utilisation is not above 0 and at most 1: nothing runs faster than its peak.
    """
    share = np.asarray(utilisation, dtype=float)
    if ((share <= 0) | (share > 1)).any():
        raise ValueError("accelerator_hours(): utilisation is a share above 0 and at most 1")
    return flop / (peak_tflops * 1e12 * utilisation * SECONDS_PER_HOUR)


def implied_utilisation(flop: Any, hours: Any, peak_tflops: Any) -> Any:
    """Invert :func:`accelerator_hours`: the share of the peak that stated hours imply.

    Returns
    -------
    A share; a value above 1 says that the operations, the hours or the peak must be wrong.
    """
    return flop / (hours * SECONDS_PER_HOUR * peak_tflops * 1e12)


def cost_usd(hours: Any, usd_per_hour: Any) -> Any:
    """Price accelerator hours as if they were rented; staff, data and failed runs are not in it."""
    return hours * usd_per_hour


# --- estimates with uncertainty ---------------------------------------------------------------


def factors(confidence: pd.Series) -> pd.Series:
    """Turn Epoch AI's words of confidence into factors; missing for *Unknown* and the like."""
    return confidence.astype("object").map(FACTORS).astype("float64")


def estimate_range(estimate: Any, factor: Any) -> tuple[Any, Any]:
    """Give the low and the high end of an estimate that is uncertain by a factor."""
    return estimate / factor, estimate * factor


def ratio_factor(one: Any, other: Any) -> Any:
    """Combine the factors of two independent estimates into the factor of their quotient."""
    return np.exp(np.hypot(np.log(one), np.log(other)))


def ratio_range(
    numerator: Any, denominator: Any, numerator_factor: Any, denominator_factor: Any
) -> tuple[Any, Any]:
    """Give the range of a quotient of two uncertain estimates.

    Parameters
    ----------
    numerator, denominator
        Estimates in one unit, above zero.
    numerator_factor, denominator_factor
        By what factor each may be off, at least 1.

    Returns
    -------
    Low and high end. If both ends lie above 1, the numerator is the larger one even so.
    """
    return estimate_range(
        numerator / denominator, ratio_factor(numerator_factor, denominator_factor)
    )


# --- models with an estimate and with votes ---------------------------------------------------


def rated_models(
    arena: pd.DataFrame,
    arena_models: pd.DataFrame,
    epoch_models: pd.DataFrame,
    releases: pd.DataFrame,
) -> pd.DataFrame:
    """Put votes and training compute side by side: one board, the newest with style control.

    Returns
    -------
    pandas.DataFrame
        One row for each release that the board rates: ``model``, ``organisation``, ``iso3``,
        ``release_date``, ``open_weights``, ``score`` with ``ci_low`` and ``ci_high``, ``flop``
        (missing where there is no estimate), ``confidence`` and ``factor``.
    """
    text = ratings.rated(arena, arena_models)
    text = text[text["style_control"].fillna(False)]
    board = text.loc[
        text["date"] == text["date"].max(), ["model_key", "score", "ci_low", "ci_high"]
    ]
    columns = ["model", "organisation", "iso3", "release_date", "open_weights", "arena_key"]
    ours = releases[[*columns, "epoch_model"]].dropna(subset=["arena_key"])
    estimates = epoch_models[["model", "training_compute_flop", "confidence"]].rename(
        columns={"model": "epoch_model", "training_compute_flop": "flop"}
    )
    estimates = estimates.dropna(subset=["flop"]).drop_duplicates("epoch_model")
    rated = ours.merge(board, left_on="arena_key", right_on="model_key")
    rated = rated.merge(estimates, on="epoch_model", how="left")
    rated["factor"] = factors(rated["confidence"])
    return rated.drop(columns=["model_key", "arena_key", "epoch_model"]).reset_index(drop=True)


def level_rivals(
    rated: pd.DataFrame, models: list[str], country: str = "USA", days: int = PEER_DAYS
) -> pd.DataFrame:
    """Find the rivals of the same time and strength, and divide the compute.

    Parameters
    ----------
    rated
        Rows of :func:`rated_models`.
    models
        Names of the models that are compared.
    country
        Country of the rivals, ISO 3166 alpha-3.
    days
        How far apart the releases may lie.

    Returns
    -------
    pandas.DataFrame
        One row for each pair: ``model``, ``rival``, ``points`` (rival minus model), ``ratio`` of
        compute (rival over model) with ``low`` and ``high``; the three are missing where one of
        the two has no estimate.
    """
    columns = ["model", "release_date", "score", "flop", "factor", "confidence"]
    own = rated.loc[rated["model"].isin(models), columns]
    rivals = rated.loc[rated["iso3"] == country, columns]
    pairs = own.merge(rivals, how="cross", suffixes=("", "_rival"))
    pairs = pairs.assign(points=pairs["score_rival"] - pairs["score"])
    apart = (pairs["release_date_rival"] - pairs["release_date"]).abs().dt.days
    pairs = pairs[(pairs["points"].abs() <= LEVEL_POINTS) & (apart <= days)]
    low, high = ratio_range(
        pairs["flop_rival"], pairs["flop"], pairs["factor_rival"], pairs["factor"]
    )
    pairs = pairs.assign(ratio=pairs["flop_rival"] / pairs["flop"], low=low, high=high)
    pairs = pairs.rename(columns={"model_rival": "rival"})
    kept = ["model", "rival", "points", "ratio", "low", "high", "confidence_rival"]
    return pairs[kept].sort_values(["model", "ratio"], kind="stable").reset_index(drop=True)
