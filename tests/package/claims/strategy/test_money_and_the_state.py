"""The four verdicts on money and the state: today's, and what changed data would make."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bridgebook import catalog
from bridgebook.claims.strategy import money_and_the_state as rules
from bridgebook.ledger import Outcome
from bridgebook.methods import breaks
from bridgebook.verdicts import ARTICLE_BEFORE, verdict

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
    assert "large compared with each private count" in today.reason


def test_smaller_funds_make_it_depend_on_the_private_count() -> None:
    capital = changed("state_capital", "amount", 100.0, item_id="guidance-funds-ai")
    found = verdict(STATE, state_capital=capital)
    assert found.outcome is Outcome.PARTLY
    assert "depends on the private count one takes" in found.reason


def test_tiny_funds_do_not_support_it() -> None:
    capital = changed("state_capital", "amount", 2.0, item_id="guidance-funds-ai")
    capital.loc[capital["item_id"] == "government-vc-all-industries", "amount"] = 8.0
    assert verdict(STATE, state_capital=capital).outcome is Outcome.NOT_SUPPORTED
    plans = text("policy_timeline").query("type != 'plan'")
    no_plans = verdict(STATE, state_capital=capital, policy_timeline=plans)
    assert no_plans.outcome is Outcome.CONTRADICTED


def test_money_without_plans_does_not_support_it() -> None:
    plans = text("policy_timeline").query("type != 'plan'")
    found = verdict(STATE, policy_timeline=plans)
    assert found.outcome is Outcome.NOT_SUPPORTED
    assert "Plans or money fall short of our lines" in found.reason


def plans_on_ai(count: int) -> pd.DataFrame:
    """The plan of 2017, so many times, and no other."""
    plan = text("policy_timeline").query("document_id == 'ngaidp-2017'")
    return pd.concat([plan] * count, ignore_index=True)


def test_two_plans_are_several_and_one_of_the_day_after_the_summer_is_late() -> None:
    for count, outcome in ((2, Outcome.SUPPORTED), (1, Outcome.NOT_SUPPORTED)):
        assert verdict(STATE, policy_timeline=plans_on_ai(count)).outcome is outcome
    late = plans_on_ai(2)
    late.loc[0, "date"] = ARTICLE_BEFORE
    assert verdict(STATE, policy_timeline=late).numbers["plans_that_name_ai"] == 1


@pytest.mark.parametrize(
    ("plans", "least", "most", "outcome"),
    [
        (2, 0.5, 0.5, Outcome.SUPPORTED),
        (2, 0.49, 0.5, Outcome.PARTLY),
        (2, 0.1, 0.49, Outcome.NOT_SUPPORTED),
        (1, 0.1, 0.1, Outcome.NOT_SUPPORTED),
        (1, 0.09, 0.09, Outcome.CONTRADICTED),
    ],
)
def test_half_of_the_private_money_is_large_and_a_tenth_is_not_nothing(
    plans: int, least: float, most: float, outcome: Outcome
) -> None:
    numbers = {
        "plans_that_name_ai": plans,
        "least_state_per_private": least,
        "most_state_per_private": most,
    }
    assert rules._plans_outcome(numbers) is outcome


def test_two_rows_are_enough_for_the_money_of_venture_funds() -> None:
    capital = text("state_capital")
    pair = ["government-vc-all-industries", "government-vc-ai-share"]
    found = rules.state_money(capital[capital["item_id"].isin(pair)])
    assert list(found["item"]) == ["government venture funds"]
    assert rules.state_money(capital[capital["item_id"] == pair[0]]).empty


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
    assert today.reason.startswith("Fields measured: money, papers and patents.")
    assert "faster after 2017 in: papers." in today.reason
    assert "than in other years: none." in today.reason
    for name, digits in (
        ("bend_alone_log_points", 1),
        ("bend_against_us_log_points", 1),
        ("share_of_countries_that_bent_as_much", 2),
    ):
        assert all(value == round(value, digits) for value in today.numbers[name].values())


@pytest.mark.parametrize(
    ("changes", "passes"),
    [
        ({}, True),
        ({"against_us": 0.5}, True),
        ({"against_us": 0.0}, False),
        ({"as_much": 0.11}, False),
        ({"year_rank": 2}, False),
        ({"year_rank": 2, "years": 3}, True),
    ],
)
def test_a_bend_is_special_if_it_is_upwards_rare_and_the_best_of_years(
    changes: dict[str, float], passes: bool
) -> None:
    row = {"against_us": 3.0, "as_much": 0.1, "years": 4, "year_rank": 1, **changes}
    assert rules._passes(pd.Series(row, dtype=float)) is passes


def test_two_fields_are_enough() -> None:
    research = text("ai_research").query("measure == 'ai_publications'")
    found = verdict(PLAN, ai_research=research)
    assert found.numbers["fields_measured"] == ["money", "papers"]
    assert found.outcome is Outcome.NOT_SUPPORTED
    assert found.reason.startswith("Fields measured: money and papers.")


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


def history(*events: tuple[str, str, str, str]) -> pd.DataFrame:
    """Made-up events of a firm: day, kind, link to the state and strength of the source."""
    columns = ["date", "event_type", "state_link", "strength"]
    table = pd.DataFrame(list(events), columns=columns).assign(
        firm="Z.ai", status="done", state_parties="a fund", other_parties="a firm"
    )
    table["event_id"] = table.index.astype(str)
    return table.assign(date=pd.to_datetime(table["date"]))


@pytest.mark.parametrize(
    ("events", "early", "documented"),
    [
        ([("2024-01-01", "tertiary"), ("2026-01-01", "primary")], True, False),
        ([("2026-01-01", "primary"), ("2024-01-01", "secondary")], True, True),
        ([("2026-01-01", "primary")], False, True),
        ([("2025-09-01", "primary")], False, True),
        ([("2026-01-01", "tertiary")], False, False),
    ],
)
def test_what_came_before_the_article_is_carried_by_what_came_before_it(
    events: list[tuple[str, str]], early: bool, documented: bool
) -> None:
    rows = [(day, "funding", "mixed", strength) for day, strength in events]
    found = rules.links("Z.ai", history(*rows), catalog.load("national_ai_platforms"))
    owner = found.loc["owner"]
    assert (owner["before_article"], owner["documented"]) == (early, documented)
    assert owner["since"] == min(pd.Timestamp(day) for day, _ in events)


def test_a_firm_is_on_the_list_of_platforms_or_not() -> None:
    platforms = text("national_ai_platforms")
    events = text("firm_events")
    named = rules.links(platforms["firm"].iloc[0], events, platforms).loc["named"]
    assert named["before_article"] and named["documented"]
    assert named["since"] == pd.Timestamp(int(platforms["year_named"].iloc[0]), 12, 31)
    zai = rules.links("Z.ai", events, platforms).loc["named"]
    assert not zai["before_article"] and not zai["documented"] and pd.isna(zai["since"])


def test_the_first_link_is_the_earliest() -> None:
    assert verdict(ZAI).numbers["first_link_on_record"] == "June 2019"


def test_two_links_that_nothing_carries_make_it_partly_and_one_does_not() -> None:
    rows = [
        ("2019-01-01", "founded", "university", "tertiary"),
        ("2024-01-01", "funding", "mixed", "tertiary"),
    ]
    for events, outcome in ((rows, Outcome.PARTLY), (rows[1:], Outcome.NOT_SUPPORTED)):
        assert verdict(ZAI, firm_events=history(*events)).outcome is outcome


def test_a_claim_of_a_competitor_is_no_link() -> None:
    events = text("firm_events")
    only = events[(events["firm"] != "Z.ai") | (events["event_type"] == "claim")]
    found = rules.links("Z.ai", only, catalog.load("national_ai_platforms"))
    assert not found["before_article"].any()


@pytest.mark.parametrize("claim", [ZAI, MOONSHOT])
def test_an_empty_history_decides_nothing(claim: str) -> None:
    events = text("firm_events").iloc[:0]
    assert verdict(claim, firm_events=events).outcome is Outcome.CANNOT_TELL
