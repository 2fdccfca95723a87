"""The one claim that no table can decide, and what its rule still computes."""

from __future__ import annotations

import pandas as pd

from bridgebook.catalog import load
from bridgebook.claims.verdict.scorecard import DECADES
from bridgebook.ledger import Outcome
from bridgebook.verdicts import verdict

CLAIM = "choices-shape-the-order"


def test_it_waits() -> None:
    found = verdict(CLAIM)
    assert found.outcome is Outcome.CANNOT_TELL
    assert 0 < found.numbers["years_covered_past_the_article"] < DECADES
    assert f"of at least {DECADES} years" in found.reason


def test_after_the_decades_it_asks_for_a_rule() -> None:
    papers = load("policy_timeline")
    late = papers.assign(date=papers["date"] + pd.DateOffset(years=DECADES + 5))
    found = verdict(CLAIM, policy_timeline=late)
    assert found.outcome is Outcome.CANNOT_TELL
    assert "Write a rule" in found.reason


def test_without_papers_no_time_has_passed() -> None:
    found = verdict(CLAIM, policy_timeline=load("policy_timeline").iloc[:0])
    assert found.numbers["years_covered_past_the_article"] == 0
    assert found.numbers["furthest_year_in_a_plan"] == 0
