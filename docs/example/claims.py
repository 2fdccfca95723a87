"""Verdict of the chapter ``export-controls/how-much-memory``."""

from __future__ import annotations

import pandas as pd

from bridgebook.ledger import Outcome
from bridgebook.verdicts import Finding, rule

PARTLY_FROM = 0.5
"""With half the memory a chip holds half the model: less than as much, and not little."""


@rule("as-much-memory")
def _as_much(*, chips: pd.DataFrame) -> Finding:
    """Compare the most memory of a chip on sale."""
    sold = chips[(chips["segment"] == "datacenter") & (chips["release_status"] == "released")]
    best = sold.groupby("iso3", observed=True)["memory_gb"].max()
    if best.reindex(["CHN", "USA"]).isna().any():
        return Finding(Outcome.CANNOT_TELL, "The memory of one side is unknown.", {})
    share = float(best["CHN"] / best["USA"])
    outcome = Outcome.NOT_SUPPORTED
    if share >= PARTLY_FROM:
        outcome = Outcome.SUPPORTED if share >= 1 else Outcome.PARTLY
    reason = f"The best Chinese chip on sale has {share:.0%} of the memory of the best US one."
    return Finding(outcome, reason, {"share": share})
