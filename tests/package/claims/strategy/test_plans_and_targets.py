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


def test_parts_are_counted_by_state_and_up_to_the_article(papers: pd.DataFrame) -> None:
    today = verdict(PARTS).numbers
    for iso3, name in (
        ("CHN", "documents_in_each_part"),
        ("USA", "american_documents_in_each_part"),
    ):
        own = papers[(papers["iso3"] == iso3) & (papers["date"] < rules.ARTICLE_BEFORE)]
        themes = [set(cell.split(";")) for cell in own["themes"].fillna("")]
        expected = {
            part: sum(bool(words & found) for found in themes)
            for part, words in rules.PARTS.items()
        }
        assert today[name] == expected
    both = papers["document_id"] == "ngaidp-2017"
    on_the_day = changed(papers, both, date=rules.ARTICLE_BEFORE)
    after = verdict(PARTS, policy_timeline=on_the_day).numbers
    assert after["documents_in_each_part"]["rules"] == today["documents_in_each_part"]["rules"] - 1


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
    assert "moved from 2018 to 2030 and then 2035. Of " in today.reason
    assert "later plans in our table set 2 again" in today.reason


def test_the_reason_follows_the_majority_of_indicators() -> None:
    numbers = {
        "furthest_year_of_a_plan_on_ai": ["2030"],
        "national_targets": 9,
        "of_them_on_rules": 1,
        "indicators_that_came_due": 4,
    }
    half, most = (
        rules._long_reason({**numbers, "of_them_set_again": ["x"] * again}) for again in (2, 3)
    )
    assert half.startswith("The furthest year in a plan on AI moved 2030. Of 9 national targets")
    assert "few yardsticks are taken over" in half
    assert most.endswith("and later plans set 3 of 4 indicators again.")


@pytest.mark.parametrize(("again", "repeated"), [(1, False), (2, False), (3, True)])
def test_half_of_the_indicators_is_not_most(again: int, repeated: bool) -> None:
    """Four indicators came due; a later plan set so many of them again."""
    row = {"iso3": "CHN", "kind": "target", "target_value": 1.0, "target_unit": "pct"}
    first = [
        {**row, "plan": "first", "plan_year": 2016, "target_year": 2020, "indicator": name}
        for name in "abcd"
    ]
    later = [
        {**row, "plan": "second", "plan_year": 2021, "target_year": 2030, "indicator": name}
        for name in "abcd"[:again]
    ]
    found = verdict(LONG, plan_targets=pd.DataFrame([*first, *later])).numbers
    assert len(found["of_them_set_again"]) == again
    assert (rules.READINGS["repeated"] in found["readings_that_hold"]) is repeated
    assert (rules.READINGS["repeated"] in found["readings_that_do_not"]) is not repeated


def test_only_plans_and_only_chinese_ones_reach_further(papers: pd.DataFrame) -> None:
    plan = papers[papers["document_id"] == "ngaidp-2017"]
    for other in ({"iso3": "USA"}, {"type": "guideline"}, {"title": "On steel"}):
        more = pd.concat([papers, plan.assign(period_end_year=2060, **other)], ignore_index=True)
        assert list(rules.furthest_years(more)) == [2018, 2030, 2035], other


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
