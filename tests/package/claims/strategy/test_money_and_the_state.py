"""The four verdicts on money and the state: today's, and what changed data would make."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bridgebook import catalog
from bridgebook.claims.strategy import money_and_the_state as rules
from bridgebook.ledger import Outcome
from bridgebook.methods import breaks
from bridgebook.verdicts import verdict

STATE, PLAN = "state-plans-and-invests", "plan-2017-pivotal"
ZAI, MOONSHOT = "planning-fostered-zai", "planning-fostered-moonshot"


def text(name: str) -> pd.DataFrame:
    """Load a table with its categories as plain text and its numbers as floats."""
    table = catalog.load(name)
    words = table.select_dtypes("category").columns
    numbers = [name for name in ("value", "investment_usd_m", "amount") if name in table]
    return table.astype(dict.fromkeys(words, "string") | dict.fromkeys(numbers, float))


def changed(name: str, column: str, value: object, **where: object) -> pd.DataFrame:
    """Set a column in some rows of a table."""
    table = text(name)
    rows = pd.Series(True, index=table.index)
    for key, wanted in where.items():
        rows &= (table[key] == wanted).fillna(False)
    assert rows.any(), where
    table.loc[rows, column] = value
    return table


# --- state-plans-and-invests ----------------------------------------------------------------


def test_the_state_plans_and_pays() -> None:
    today = verdict(STATE)
    assert today.outcome is Outcome.SUPPORTED
    assert today.numbers["plans_that_name_ai"] == 4
    assert today.numbers["before_the_plan_of_2017"] == 1
    assert today.numbers["private_series"] == 3
    amounts = today.numbers["state_money_bn_dollars"]
    assert round(amounts["government venture funds"]) == 210
    assert amounts["guidance funds"] == 184


def test_smaller_funds_make_it_depend_on_the_private_count() -> None:
    capital = changed("state_capital", "amount", 100.0, item_id="guidance-funds-ai")
    assert verdict(STATE, state_capital=capital).outcome is Outcome.PARTLY


def test_tiny_funds_do_not_support_it() -> None:
    capital = changed("state_capital", "amount", 2.0, item_id="guidance-funds-ai")
    capital.loc[capital["item_id"] == "government-vc-all-industries", "amount"] = 8.0
    assert verdict(STATE, state_capital=capital).outcome is Outcome.NOT_SUPPORTED
    plans = text("policy_timeline").query("type != 'plan'")
    no_plans = verdict(STATE, state_capital=capital, policy_timeline=plans)
    assert no_plans.outcome is Outcome.CONTRADICTED


def test_money_without_plans_does_not_support_it() -> None:
    plans = text("policy_timeline").query("type != 'plan'")
    assert verdict(STATE, policy_timeline=plans).outcome is Outcome.NOT_SUPPORTED


def test_targets_and_unverified_amounts_do_not_count() -> None:
    capital = text("state_capital")
    capital["status"] = "target"
    assert verdict(STATE, state_capital=capital).outcome is Outcome.CANNOT_TELL
    capital = text("state_capital")
    capital["verified"] = "partly"
    assert verdict(STATE, state_capital=capital).outcome is Outcome.CANNOT_TELL


def test_without_private_money_there_is_no_yardstick() -> None:
    empty = {name: text(name).iloc[:0] for name in ("ai_investment", "ai_investment_reports")}
    assert verdict(STATE, **empty).outcome is Outcome.CANNOT_TELL


def test_amounts_are_divided_by_private_money_of_their_own_years() -> None:
    tables = [text(n) for n in ("state_capital", "ai_investment", "ai_investment_reports")]
    ratios = rules.state_per_private(*tables)
    private = rules.private_money(*tables[1:])
    assert ratios.loc["guidance funds", "oecd"] == pytest.approx(
        184 / private["oecd"].loc[2012:2023].sum()
    )
    assert ratios.loc["government venture funds", "estimated"] == pytest.approx(
        209.76 / private["estimated"].loc[2014:2023].sum()
    )


# --- plan-2017-pivotal ----------------------------------------------------------------------


def test_no_field_has_a_turn_of_its_own() -> None:
    today = verdict(PLAN)
    assert today.outcome is Outcome.NOT_SUPPORTED
    assert today.numbers["fields_measured"] == ["money", "papers", "patents"]
    assert today.numbers["faster_after_2017"] == ["papers"]
    assert today.numbers["faster_against_us"] == ["papers", "patents"]
    assert today.numbers["special"] == []
    assert today.numbers["rank_among_possible_years"]["papers"] == "4 of 5"


def faster_papers(from_year: int) -> pd.DataFrame:
    """China's papers grow by half a year from a year on."""
    table = text("ai_research")
    rows = (table["measure"] == "ai_publications") & (table["iso3"] == "CHN")
    rows &= table["year"] > from_year
    table.loc[rows, "value"] *= np.exp(0.5 * (table.loc[rows, "year"].astype(float) - from_year))
    return table


def test_a_leap_of_papers_at_the_plan_would_support_it_in_part() -> None:
    leap = verdict(PLAN, ai_research=faster_papers(2017))
    assert leap.outcome is Outcome.PARTLY
    assert leap.numbers["special"] == ["papers"]


def test_the_same_leap_a_year_late_is_no_effect_of_the_plan_by_this_test() -> None:
    assert verdict(PLAN, ai_research=faster_papers(2018)).outcome is Outcome.NOT_SUPPORTED


def test_patents_fail_with_and_without_the_smallest_country() -> None:
    table = text("ai_research")
    without = table[table["iso3"] != "FRA"]
    found = verdict(PLAN, ai_research=without)
    assert found.outcome is Outcome.NOT_SUPPORTED
    share = found.numbers["share_of_countries_that_bent_as_much"]["patents"]
    assert rules.SPECIAL < share < 0.15, "first of seven, which chance gives one time in seven"


@pytest.mark.parametrize("window", [2, 3])
def test_no_series_passes_in_either_window(window: int) -> None:
    names = ("ai_investment", "ai_investment_reports", "ai_research")
    series = breaks.levels(**{name: catalog.load(name) for name in names})
    found = rules.breaks_at(series, 2017, window)
    known = found.dropna(subset=["against_us"])
    assert len(known) == (5 if window == 2 else 4), "patents have no longer window"
    assert not known.apply(rules._passes, axis="columns").any()


def test_one_field_alone_decides_nothing() -> None:
    research = text("ai_research").query("measure == 'ai_publications'")
    money = text("ai_investment").iloc[:0]
    assert verdict(PLAN, ai_research=research, ai_investment=money).outcome is Outcome.CANNOT_TELL


def test_empty_tables_decide_nothing() -> None:
    names = ("ai_investment", "ai_investment_reports", "ai_research")
    empty = {name: text(name).iloc[:0] for name in names}
    assert verdict(PLAN, **empty).outcome is Outcome.CANNOT_TELL


# --- planning fostered two firms ------------------------------------------------------------


def test_zai_has_state_money_on_record() -> None:
    today = verdict(ZAI)
    assert today.outcome is Outcome.PARTLY
    assert len(today.numbers["links_before_the_article"]) == 3
    assert today.numbers["carried_by_more_than_tertiary_sources"] == ["state investors"]


def test_moonshot_has_none_before_the_article() -> None:
    today = verdict(MOONSHOT)
    assert today.outcome is Outcome.NOT_SUPPORTED
    assert today.numbers["links_before_the_article"] == []
    assert today.numbers["first_link_on_record"] == "May 2026"
    assert today.numbers["events_with_named_investors"] == 4


def test_a_state_fund_in_an_early_round_would_support_it_in_part() -> None:
    events = changed("firm_events", "state_link", "mixed", event_id="moonshot-round-2025-12")
    rows = events["event_id"] == "moonshot-round-2025-12"
    events.loc[rows, ["state_parties", "date"]] = ["Beijing AI fund", pd.Timestamp("2024-02-01")]
    assert verdict(MOONSHOT, firm_events=events).outcome is Outcome.PARTLY
    events.loc[rows, "date"] = pd.Timestamp("2025-12-31")
    assert verdict(MOONSHOT, firm_events=events).outcome is Outcome.NOT_SUPPORTED


def test_origin_owner_and_customer_carried_would_support_it() -> None:
    events = changed("firm_events", "strength", "primary", firm="Z.ai")
    assert verdict(ZAI, firm_events=events).outcome is Outcome.SUPPORTED
    platforms = text("national_ai_platforms")
    named = platforms.iloc[[0]].assign(platform_id="zai", firm="Z.ai", year_named=2019)
    platforms = pd.concat([platforms, named], ignore_index=True)
    changed_verdict = verdict(ZAI, firm_events=events, national_ai_platforms=platforms)
    assert changed_verdict.outcome is Outcome.SUPPORTED


def test_without_state_links_zai_is_not_supported() -> None:
    events = changed("firm_events", "state_link", "private", firm="Z.ai")
    assert verdict(ZAI, firm_events=events).outcome is Outcome.NOT_SUPPORTED


def test_a_claim_of_a_competitor_is_no_link() -> None:
    events = text("firm_events")
    only = events[(events["firm"] != "Z.ai") | (events["event_type"] == "claim")]
    found = rules.links("Z.ai", only, catalog.load("national_ai_platforms"))
    assert not found["before_article"].any()


@pytest.mark.parametrize("claim", [ZAI, MOONSHOT])
def test_an_empty_history_decides_nothing(claim: str) -> None:
    events = text("firm_events").iloc[:0]
    assert verdict(claim, firm_events=events).outcome is Outcome.CANNOT_TELL
