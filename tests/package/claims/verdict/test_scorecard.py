"""The one claim that no table can decide, and what its rule still computes."""

from __future__ import annotations

import pandas as pd
import pytest

from bridgebook.catalog import load
from bridgebook.claims.verdict.scorecard import DECADES
from bridgebook.ledger import Outcome
from bridgebook.verdicts import ARTICLE_BEFORE, verdict

CLAIM = "choices-shape-the-order"


def test_it_waits() -> None:
    found = verdict(CLAIM)
    assert found.outcome is Outcome.CANNOT_TELL
    assert 0 < found.numbers["years_covered_past_the_article"] < DECADES
    assert f"of at least {DECADES} years" in found.reason


def test_it_counts_years_from_the_article_to_the_newest_paper_and_the_furthest_plan() -> None:
    papers = load("policy_timeline").head(3)
    moved = papers.assign(
        date=pd.to_datetime(["2024-01-01", "2030-09-01", "2026-01-01"]),
        period_end_year=pd.array([2030, None, 2045], dtype="Int64"),
    )
    numbers = verdict(CLAIM, policy_timeline=moved).numbers
    assert numbers["years_covered_past_the_article"] == pytest.approx(5, abs=0.01)
    assert numbers["furthest_year_in_a_plan"] == 2045


def test_a_paper_before_the_article_covers_nothing() -> None:
    early = load("policy_timeline").head(1).assign(date=ARTICLE_BEFORE - pd.DateOffset(days=90))
    assert verdict(CLAIM, policy_timeline=early).numbers["years_covered_past_the_article"] == 0


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
