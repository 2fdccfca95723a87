"""Verdicts of plans-and-targets: today's outcomes, and the changes that flip them."""

from __future__ import annotations

import pandas as pd
import pytest

from bridgebook.catalog import load
from bridgebook.claims.strategy import plans_and_targets as rules
from bridgebook.ledger import Outcome
from bridgebook.verdicts import verdict

PARTS, LONG = "three-part-strategy", "long-term-strategy"


@pytest.fixture
def papers() -> pd.DataFrame:
    table = load("policy_timeline")
    return table.astype(dict.fromkeys(table.select_dtypes("category").columns, "string"))


@pytest.fixture
def targets() -> pd.DataFrame:
    table = load("plan_targets")
    return table.astype(dict.fromkeys(table.select_dtypes("category").columns, "string"))


def changed(table: pd.DataFrame, rows: pd.Series, **values: object) -> pd.DataFrame:
    assert rows.any()
    table = table.copy()
    for column, value in values.items():
        table.loc[rows, column] = value
    return table


# --- one approach of three parts --------------------------------------------------------------


def test_three_parts_today() -> None:
    today = verdict(PARTS)
    assert today.outcome is Outcome.PARTLY
    assert today.numbers["documents_that_join_all_three"] == ["Global AI Governance Action Plan"]
    assert "New Generation AI Development Plan" in today.numbers["documents_that_join_two_parts"]
    assert today.numbers["documents_in_each_part"]["diplomacy"] == 2


def test_a_plan_that_joins_all_three_supports_it(papers: pd.DataFrame) -> None:
    plan = papers["document_id"] == "ngaidp-2017"
    papers = changed(papers, plan, themes="research;governance;diplomacy")
    found = verdict(PARTS, policy_timeline=papers)
    assert found.outcome is Outcome.SUPPORTED
    assert "abroad" not in found.reason


def test_parts_that_nothing_joins_do_not_support_it(papers: pd.DataFrame) -> None:
    alone = rules.parts_of(papers).sum(axis="columns") == 1
    other = papers.iloc[:1].assign(themes="diplomacy", date=pd.Timestamp("2020-01-01"))
    table = pd.concat([papers[alone], other])
    assert verdict(PARTS, policy_timeline=table).outcome is Outcome.NOT_SUPPORTED


def test_without_diplomacy_there_are_not_three_parts(papers: pd.DataFrame) -> None:
    table = papers[~rules.parts_of(papers)["diplomacy"]]
    assert verdict(PARTS, policy_timeline=table).outcome is Outcome.NOT_SUPPORTED


def test_papers_after_the_article_do_not_count(papers: pd.DataFrame) -> None:
    late = papers[papers["date"] >= rules.ARTICLE_BEFORE]
    assert verdict(PARTS, policy_timeline=late).outcome is Outcome.CANNOT_TELL
    assert verdict(PARTS, policy_timeline=papers.iloc[:0]).outcome is Outcome.CANNOT_TELL


# --- planning far ahead -----------------------------------------------------------------------


def test_long_term_today() -> None:
    today = verdict(LONG)
    assert today.outcome is Outcome.PARTLY
    assert today.numbers["furthest_year_of_a_plan_on_ai"] == ["2018", "2030", "2035"]
    assert len(today.numbers["of_them_set_again"]) == 2
    assert today.numbers["indicators_that_came_due"] == 10


def test_renewed_yardsticks_support_it(targets: pd.DataFrame) -> None:
    due = rules.national_targets(targets)
    due = due[(due["target_year"] <= rules.DUE) & due["target_value"].notna()]
    renewed = due.assign(plan="16th Five-Year Plan", plan_year=2031, target_year=2035)
    table = pd.concat([targets, renewed], ignore_index=True)
    assert verdict(LONG, plan_targets=table).outcome is Outcome.SUPPORTED


def test_one_short_plan_without_rules_does_not_support_it(
    papers: pd.DataFrame, targets: pd.DataFrame
) -> None:
    first = papers[papers["document_id"] == "internet-plus-ai-2016"]
    industry = targets[targets["target_id"] != "ngaidp-laws-2025"]
    found = verdict(LONG, policy_timeline=first, plan_targets=industry)
    assert found.outcome is Outcome.NOT_SUPPORTED


def test_a_plan_that_reaches_less_far_does_not_extend(papers: pd.DataFrame) -> None:
    plans = papers["document_id"].isin(["ngaidp-2017", "ai-plus-opinions-2025"])
    shorter = changed(papers, plans, period_end_year=2017)
    assert list(rules.furthest_years(shorter)) == [2018, 2020]


def test_empty_tables_cannot_tell(papers: pd.DataFrame, targets: pd.DataFrame) -> None:
    for tables in ({"policy_timeline": papers.iloc[:0]}, {"plan_targets": targets.iloc[:0]}):
        found = verdict(LONG, **tables)
        assert found.outcome is Outcome.CANNOT_TELL
        assert "Too few" in found.reason


# --- outcomes compared with targets -------------------------------------------------------------


def test_each_due_target_is_counted_once(targets: pd.DataFrame) -> None:
    due = rules.due_targets(targets)
    names = ["plan", "indicator", "target_year"]
    assert rules.tally(due).sum() == len(due[names].drop_duplicates())
    assert rules.tally(due).sum() < len(due)


def test_a_ratio_needs_one_unit(targets: pd.DataFrame) -> None:
    due = rules.due_targets(targets)
    known = due.dropna(subset=["ratio"])
    assert (known["target_unit"] == known["outcome_unit"]).all()
    rows = targets["target_id"] == "ngaidp-core-industry-2025"
    in_dollars = rules.due_targets(changed(targets, rows, outcome_unit="usd_bn"))
    assert in_dollars.set_index("target_id")["ratio"].isna()["ngaidp-core-industry-2025"]


def test_the_best_evidence_counts(targets: pd.DataFrame) -> None:
    before = rules.tally(rules.due_targets(targets))
    row = targets["target_id"] == "bigdata-size-2025-b"
    after = rules.tally(rules.due_targets(changed(targets, row, comparability="same_measure")))
    assert after["same_measure"] == before["same_measure"] + 1
    assert after["changed_definition"] == before["changed_definition"] - 1
