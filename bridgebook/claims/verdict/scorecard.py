"""Verdict of the chapter ``verdict/scorecard``: the one claim that no table can decide."""

from __future__ import annotations

import pandas as pd

from bridgebook.ledger import Outcome
from bridgebook.verdicts import ARTICLE_BEFORE, Finding, rule

DECADES = 20
"""Minimum number of years that *decades* can mean."""


@rule("choices-shape-the-order")
def _choices(*, policy_timeline: pd.DataFrame) -> Finding:
    """Compute how much of the time that the claim speaks of has passed.

    The outcome stays *cannot be tested* until the decades are over, and even then we need a
    definition of an economy or an order that was decided by AI.
    """
    last = policy_timeline["date"].max()
    passed = 0.0 if pd.isna(last) else max((last - ARTICLE_BEFORE).days / 365.25, 0.0)
    ends = policy_timeline["period_end_year"].max()
    numbers = {
        "years_covered_past_the_article": passed,
        "years_that_decades_mean_at_least": DECADES,
        "furthest_year_in_a_plan": 0 if pd.isna(ends) else int(ends),
    }
    waiting = passed < DECADES
    reason = (
        f"The claim is about decades, of at least {DECADES} years in all; our table of policies "
        f"reaches {passed:.1f} years past the article. Plans say what is wanted, not what will be."
        if waiting
        else "The decades have passed, and no table says what would count as an order that AI "
        "decided. Write a rule that does."
    )
    return Finding(Outcome.CANNOT_TELL, reason, numbers)
