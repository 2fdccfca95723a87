"""Verdicts of the chapter ``open-models/how-much-compute``."""

from __future__ import annotations

import pandas as pd

from bridgebook.claims.open_models.how_good import index_lag
from bridgebook.ledger import Outcome
from bridgebook.methods import ratings, training
from bridgebook.verdicts import ARTICLE_BEFORE, Finding, rule

FIRMS = ("Z.ai", "Moonshot")
"""*These firms* of the claim: the two that the article's paragraph names."""

MOSTLY = 0.5
"""Less compute has to be sure in more than this share of the pairs with an estimate."""

PRESSURE_MONTHS = 12.0
"""A follower who needs less than a year to reach a level keeps the leader under pressure: within
that time the leader has to bring something new, or lose the lead."""


def pairs_of_firms(
    arena: pd.DataFrame,
    arena_models: pd.DataFrame,
    epoch_models: pd.DataFrame,
    releases: pd.DataFrame,
) -> pd.DataFrame:
    """Pair the firms' models up to the article with US rivals of the same time and strength."""
    rated = training.rated_models(arena, arena_models, epoch_models, releases)
    own = rated["organisation"].isin(FIRMS) & (rated["release_date"] < ARTICLE_BEFORE)
    known = rated.loc[own & rated["flop"].notna(), "model"]
    return training.level_rivals(rated, known.tolist())


@rule("breakthroughs-challenge-western-models")
def _breakthroughs(
    *,
    arena: pd.DataFrame,
    arena_models: pd.DataFrame,
    benchmarks: pd.DataFrame,
    epoch_models: pd.DataFrame,
    releases: pd.DataFrame,
) -> Finding:
    """Ask three things: less compute for equal votes, close behind, ever first."""
    pairs = pairs_of_firms(arena, arena_models, epoch_models, releases)
    known = pairs.dropna(subset=["ratio"])
    lag = index_lag(benchmarks)
    months = lag["days"] / ratings.DAYS_PER_MONTH
    first = int((lag["equalled"].isna() | (lag["days"] < 0)).sum())
    sure = int((known["low"] > 1).sum())
    # Without a level in the US there is no lag to measure; China then sets the pace alone.
    median = None if months.isna().all() else float(months.median())
    numbers = {
        "pairs_with_an_estimate": len(known),
        "pairs_without": len(pairs) - len(known),
        "less_compute_for_sure": sure,
        "rival_compute_over_own": {
            f"{row.model} and {row.rival}": float(row.ratio) for row in known.itertuples()
        },
        "median_lag_in_months": median,
        "chinese_records": len(lag),
        "records_first_reached_in_china": first,
    }
    if known.empty or lag.empty:
        return Finding(
            Outcome.CANNOT_TELL,
            "The tables hold no pair of models with votes and estimates, or no dated record.",
            numbers,
        )
    frugal = sure / len(known) > MOSTLY
    pressing = median is None or median <= PRESSURE_MONTHS
    held = sum((frugal, pressing, first > 0))
    outcome = (Outcome.CONTRADICTED, Outcome.NOT_SUPPORTED, Outcome.PARTLY, Outcome.SUPPORTED)[held]
    lead = (
        "No Chinese record on Epoch's index has the same level in the US to compare with"
        if median is None
        else f"Chinese records on Epoch's index come {median:.1f} months (median) after "
        "the same level in the US"
    )
    ever = f"{first} of {len(lag)}" if first else f"none of {len(lag)}"
    reason = (
        f"Models of {' and '.join(FIRMS)} needed less estimated compute than US models with "
        f"similar votes, beyond the doubt that we allow, in {sure} of {len(known)} pairs. "
        f"{lead}; {ever} came first. Results cannot show whether methods are new."
    )
    return Finding(outcome, reason, numbers)
