"""The three verdicts on the divide: today's, and what changed data would make of them."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from bridgebook import catalog
from bridgebook.claims.un_diplomacy import the_ai_divide as rules
from bridgebook.ledger import Outcome
from bridgebook.verdicts import verdict

GROUP, BRIDGE, INCLUSIVE = "group-narrows-the-divide", "bridge-not-barrier", "china-more-inclusive"


def text(name: str) -> pd.DataFrame:
    """Load a table with its categories as plain text, so that any word can be put in."""
    table = catalog.load(name)
    words = table.select_dtypes("category").columns
    return table.astype(dict.fromkeys(words, "string"))


def counted_by(who: str) -> pd.DataFrame:
    pledges = text("ai_capacity_pledges")
    pledges.loc[pledges["kind"] == "delivery", "counted_by"] = who
    return pledges


def published_list() -> pd.DataFrame:
    info = text("un_group_info")
    info.loc[info["group_id"] == rules.GROUP, "list_complete"] = "complete"
    return info


# --- group-narrows-the-divide ---------------------------------------------------------------


def test_the_group_states_its_aims_and_publishes_no_results() -> None:
    today = verdict(GROUP)
    assert today.outcome is Outcome.PARTLY
    assert len(today.numbers["aims_stated"]) == 2
    assert today.numbers["reports_of_delivery"] == 3
    assert today.numbers["reports_counted_from_outside"] == 0
    assert not today.numbers["member_list_published"]
    assert today.reason.startswith(
        "The plan with which China proposed the group states narrowing divides and a central role"
    )
    assert "of 3 reports on delivery none was counted from outside" in today.reason
    assert today.reason.endswith("a list of members is not public.")


def test_a_list_and_an_outside_count_would_support_it() -> None:
    both = {"ai_capacity_pledges": counted_by("evaluator"), "un_group_info": published_list()}
    assert verdict(GROUP, **both).outcome is Outcome.SUPPORTED
    for name, table in both.items():
        assert verdict(GROUP, **{name: table}).outcome is Outcome.PARTLY, "one is not enough"
    assert "a list of members is public" in verdict(GROUP, un_group_info=published_list()).reason
    pledges = text("ai_capacity_pledges")
    one = pledges[(pledges["kind"] == "delivery") & (pledges["actor_iso3"] == "CHN")].head(1)
    assert "of one report on delivery none" in verdict(GROUP, ai_capacity_pledges=one).reason


@pytest.mark.parametrize(
    ("codes", "outcome"),
    [
        ({"un_central_role": 0}, Outcome.NOT_SUPPORTED),
        ({"un_central_role": 0, "bridging_divides": 0}, Outcome.CONTRADICTED),
        ({"un_central_role": pd.NA}, Outcome.CANNOT_TELL),
        ({"un_central_role": 1, "bridging_divides": 1}, Outcome.PARTLY),
    ],
)
def test_aims_that_the_plan_does_not_state(codes: dict[str, Any], outcome: Outcome) -> None:
    themes = text("un_themes")
    for theme, code in codes.items():
        rows = (themes["document_id"] == rules.PLAN) & (themes["theme"] == theme)
        themes.loc[rows, "code"] = code
    found = verdict(GROUP, un_themes=themes)
    assert found.outcome is outcome
    assert ("states neither aim" in found.reason) is (outcome is Outcome.CONTRADICTED)


def test_empty_tables_do_not_decide_about_the_group() -> None:
    assert verdict(GROUP, un_themes=text("un_themes").iloc[:0]).outcome is Outcome.CANNOT_TELL
    none = verdict(GROUP, ai_capacity_pledges=text("ai_capacity_pledges").iloc[:0])
    assert none.outcome is Outcome.PARTLY and "no report" in none.reason


# --- bridge-not-barrier ---------------------------------------------------------------------


def test_the_gap_is_there_and_the_bridge_cannot_be_judged() -> None:
    today = verdict(BRIDGE)
    assert today.outcome is Outcome.CANNOT_TELL
    numbers = today.numbers
    assert numbers["internet_ratio"] > 4
    assert numbers["adoption_dates"] == 3
    assert numbers["adoption_gap_last_points"] > numbers["adoption_gap_first_points"]
    assert numbers["adoption_ratio_last"] < numbers["adoption_ratio_first"]
    assert numbers["low_income_with_own_figure"] < rules.ENOUGH_OWN


@pytest.mark.parametrize("who", ["recipient", "evaluator"])
def test_delivery_counted_from_outside_makes_it_partly(who: str) -> None:
    """A value judgement is never fully supported, whatever is delivered."""
    changed = verdict(BRIDGE, ai_capacity_pledges=counted_by(who))
    assert changed.outcome is Outcome.PARTLY and "came from outside" in changed.reason


def test_without_a_divide_there_is_nothing_to_bridge() -> None:
    divide = text("ai_divide").assign(internet_users_2023_pct=80.0)
    changed = verdict(BRIDGE, ai_divide=divide, ai_capacity_pledges=counted_by("evaluator"))
    assert changed.outcome is Outcome.NOT_SUPPORTED


@pytest.mark.parametrize(
    ("ratio", "outside", "outcome"),
    [
        (1.49, 1, Outcome.NOT_SUPPORTED),
        (1.5, 0, Outcome.CANNOT_TELL),
        (1.5, 1, Outcome.PARTLY),
        (float("nan"), 1, Outcome.CANNOT_TELL),
    ],
)
def test_half_as_much_again_is_a_divide(ratio: float, outside: int, outcome: Outcome) -> None:
    numbers = {
        "internet_ratio": ratio,
        "internet_users_high_income_median_pct": 60.0,
        "internet_users_low_income_median_pct": 40.0,
        "reports_of_delivery": 2,
        "reports_counted_from_outside": outside,
        "adoption_dates": 0,
    }
    assert rules._bridge_outcome(numbers) is outcome
    assert ("there is a gap to bridge" in rules._bridge_reason(numbers)) is (ratio == 1.5)


@pytest.mark.parametrize(
    ("dates", "own", "last", "words"),
    [
        (1, 5, 20.5, "is not known"),
        (2, 5, 20.5, "it grew by 0.5 points"),
        (2, 5, 19.5, "it shrank by 0.5 points"),
        (2, 4, 20.5, "4 low-income states have their own figure"),
        (2, 1, 20.5, "1 low-income state has its own figure"),
    ],
)
def test_a_trend_needs_two_dates_and_five_figures(
    dates: int, own: int, last: float, words: str
) -> None:
    numbers = {
        "adoption_dates": dates,
        "low_income_with_own_figure": own,
        "adoption_gap_first_points": 20.0,
        "adoption_gap_last_points": last,
    }
    assert words in rules._trend(numbers)


def test_with_own_figures_the_trend_is_stated() -> None:
    adoption = text("ai_adoption").assign(shared_by=1)
    grew = verdict(BRIDGE, ai_adoption=adoption).reason
    assert "it grew by 3.2 points" in grew
    last = adoption["period_end"] == adoption["period_end"].max()
    adoption.loc[last, "users_pct"] = 10.0
    assert "it shrank by" in verdict(BRIDGE, ai_adoption=adoption).reason


def test_empty_tables_do_not_decide_about_the_bridge() -> None:
    for name in ("ai_divide", "countries"):
        empty = verdict(BRIDGE, **{name: text(name).iloc[:0]})
        assert empty.outcome is Outcome.CANNOT_TELL, name
    adoption = verdict(BRIDGE, ai_adoption=text("ai_adoption").iloc[:0])
    assert "is not known" in adoption.reason
    assert adoption.numbers["adoption_dates"] == 0
    assert adoption.numbers["low_income_with_own_figure"] == 0
    adoption = text("ai_adoption")
    one_date = adoption[adoption["period_end"] == adoption["period_end"].max()]
    assert "is not known" in verdict(BRIDGE, ai_adoption=one_date).reason


# --- china-more-inclusive -------------------------------------------------------------------


def test_five_counts_point_in_two_directions() -> None:
    today = verdict(INCLUSIVE)
    assert today.outcome is Outcome.PARTLY
    assert today.numbers["leans"] == {
        "final sponsors": "China",
        "states in the first circle": "the United States",
        "share of the first circle outside high income": "China",
        "regions in the first circle": "neither",
        "summit texts signed": "neither",
    }
    assert today.numbers["first_circle_size"] == {"China": 19, "the United States": 54}
    assert today.numbers["first_circle_poorer"] == {
        "China": pytest.approx(15 / 19),
        "the United States": pytest.approx(14 / 54),
    }
    assert today.reason == (
        "Of 5 counts, ahead are: China on final sponsors and share of the first circle outside "
        "high income; the United States on states in the first circle; neither on regions in the "
        "first circle and summit texts signed. Members of the group China leads are not public, "
        "so it cannot be counted."
    )
    assert today.numbers["summit_texts_signed"] == {"China": 3, "the United States": 3}


def test_of_several_texts_that_a_power_led_the_one_with_most_sponsors_counts() -> None:
    resolutions = text("un_resolutions")
    today = verdict(INCLUSIVE).numbers
    lead = resolutions[resolutions["lead_iso3"].eq("CHN") & resolutions["sponsors_low"].notna()]
    for low, high, expected in ((1, 2, today["final_sponsors_china"]), (180, 190, (180, 190))):
        another = lead.head(1).assign(
            resolution_id="res-made-up", sponsors_low=low, sponsors_high=high
        )
        for both in ([resolutions, another], [another, resolutions]):
            found = verdict(INCLUSIVE, un_resolutions=pd.concat(both, ignore_index=True))
            assert found.numbers["final_sponsors_china"] == expected


@pytest.mark.parametrize(
    ("china", "usa", "longer"),
    [
        ((100, 110), (80, 99), "China"),
        ((100, 110), (80, 100), "neither"),
        ((80, 99), (100, 110), "the United States"),
        ((80, 100), (100, 110), "neither"),
        (None, (1, 1), ""),
        ((1, 1), None, ""),
    ],
)
def test_ranges_that_touch_decide_nothing(
    china: tuple[int, int] | None, usa: tuple[int, int] | None, longer: str
) -> None:
    assert rules._longer(china, usa) == longer


@pytest.mark.parametrize(
    ("sides", "outcome"),
    [
        (["China"], Outcome.CANNOT_TELL),
        (["China", "China"], Outcome.SUPPORTED),
        (["China", "neither"], Outcome.PARTLY),
        (["China", "the United States"], Outcome.NOT_SUPPORTED),
        (["the United States", "neither"], Outcome.NOT_SUPPORTED),
        (["the United States", "the United States"], Outcome.CONTRADICTED),
    ],
)
def test_two_counts_are_enough_to_weigh(sides: list[str], outcome: Outcome) -> None:
    leans = {f"count {place}": side for place, side in enumerate(sides)}
    numbers = {"leans": leans, "member_list_published": True}
    assert rules._inclusive_outcome(numbers) is outcome
    told = rules._inclusive_reason(numbers)
    assert ("Too few" in told) is (outcome is Outcome.CANNOT_TELL)


def test_shares_of_a_tenth_apart_are_not_clearly_apart() -> None:
    def larger(china: float) -> str:
        return rules._larger({"China": china, "the United States": 0.25}, rules.CLEAR_SHARE)

    assert [larger(0.34), larger(0.36)] == ["neither", "China"]


def test_a_sponsor_that_is_not_said_to_count_does_not() -> None:
    sponsors = text("un_sponsors")
    unsaid = sponsors.assign(counted=pd.array([pd.NA] * len(sponsors), "boolean"))
    assert verdict(INCLUSIVE, un_sponsors=unsaid).numbers["first_circle_size"] == {}


@pytest.mark.parametrize(("value", "kind"), [(2.0, int), (1.0, float), (0.5, float), (2.5, float)])
def test_counts_are_whole_and_a_share_of_one_stays_a_share(value: float, kind: type) -> None:
    found = rules._plain(value)
    assert found == value and type(found) is kind


def test_a_lead_of_the_margin_itself_decides_nothing() -> None:
    def larger(china: float, usa: float) -> str:
        return rules._larger({"China": china, "the United States": usa}, rules.CLEAR_REGIONS)

    assert [larger(3, 2), larger(2, 3)] == ["neither", "neither"]
    assert [larger(4, 2), larger(2, 4)] == ["China", "the United States"]


def test_first_circles_by_income_are_those_of_the_dossier() -> None:
    sponsors = text("un_sponsors")
    income = text("countries").set_index("iso3")["wb_income_group"]
    named = sponsors[sponsors["counted"] & sponsors["sponsor_stage"].isin(rules.FIRST_CIRCLE)]
    counts = pd.crosstab(named["resolution_id"], named["iso3"].map(income))
    order = ["High income", "Upper middle income", "Lower middle income", "Low income"]
    assert counts.loc["res-78-265", order].tolist() == [40, 7, 6, 1]
    assert counts.loc["res-78-311", order].tolist() == [4, 8, 4, 3]


def favouring(winner: str, loser: str) -> dict[str, pd.DataFrame]:
    """Tables in which all five counts favour one power."""
    resolutions, timeline = text("un_resolutions"), text("ai_governance_timeline")
    for power, low, high in ((winner, 150, 155), (loser, 90, 95)):
        led = (resolutions["lead_iso3"] == power) & resolutions["sponsors_low"].notna()
        resolutions.loc[led, ["sponsors_low", "sponsors_high"]] = [low, high]
    lead = {"CHN": "res-78-311", "USA": "res-78-265"}
    members = text("countries").query("kind == 'un_member'")
    poor = members[members["wb_income_group"] != "High income"]
    rich_europe = members.query("wb_income_group == 'High income' & un_region == 'Europe'")
    made = [
        {"resolution_id": lead[power], "iso3": iso3, "sponsor_stage": "at_tabling", "counted": True}
        for power, states in ((winner, poor["iso3"]), (loser, rich_europe["iso3"][:10]))
        for iso3 in states
    ]
    columns = {"CHN": "china_position", "USA": "usa_position"}
    open_texts = timeline[list(columns.values())].isin([rules.JOINED, rules.STAYED_OUT]).all(axis=1)
    timeline.loc[open_texts, columns[winner]] = rules.JOINED
    timeline.loc[open_texts, columns[loser]] = rules.STAYED_OUT
    sponsors = pd.DataFrame(made).astype({"counted": "boolean"})
    return {
        "un_resolutions": resolutions,
        "un_sponsors": sponsors,
        "ai_governance_timeline": timeline,
    }


def test_if_everything_leant_to_china() -> None:
    tables = favouring("CHN", "USA")
    assert verdict(INCLUSIVE, **tables).outcome is Outcome.PARTLY, "the members are not public"
    found = verdict(INCLUSIVE, **tables, un_group_info=published_list())
    assert found.outcome is Outcome.SUPPORTED
    assert found.reason.startswith("Of 5 counts, ahead is: China on final sponsors,")
    assert found.reason.endswith("The group China leads publishes its members.")


def test_if_everything_leant_to_the_united_states() -> None:
    assert verdict(INCLUSIVE, **favouring("USA", "CHN")).outcome is Outcome.CONTRADICTED


def test_if_nothing_leant_to_china_and_something_was_even() -> None:
    tables = favouring("USA", "CHN")
    resolutions = tables["un_resolutions"]
    led = resolutions["lead_iso3"].isin(["CHN", "USA"]) & resolutions["sponsors_low"].notna()
    resolutions.loc[led, ["sponsors_low", "sponsors_high"]] = [100, 120]
    changed = verdict(INCLUSIVE, **tables)
    assert changed.outcome is Outcome.NOT_SUPPORTED
    assert changed.numbers["leans"]["final sponsors"] == "neither", "ranges that overlap"


def test_as_many_counts_for_the_other_power_do_not_support_it() -> None:
    timeline = text("ai_governance_timeline")
    timeline.loc[timeline["forum"].isin(rules.SUMMITS), "strength"] = "secondary"
    changed = verdict(INCLUSIVE, ai_governance_timeline=timeline)
    assert changed.numbers["leans"]["summit texts signed"] == "the United States"
    assert changed.outcome is Outcome.NOT_SUPPORTED


def test_too_few_counts_do_not_decide() -> None:
    empty = {
        name: text(name).iloc[:0]
        for name in ("un_resolutions", "un_sponsors", "ai_governance_timeline")
    }
    assert verdict(INCLUSIVE, **empty).outcome is Outcome.CANNOT_TELL
    one = {**empty, "ai_governance_timeline": text("ai_governance_timeline")}
    assert verdict(INCLUSIVE, **one).outcome is Outcome.CANNOT_TELL


@pytest.mark.parametrize("name", [GROUP, BRIDGE, INCLUSIVE])
def test_reasons_are_sentences(name: str) -> None:
    reason = verdict(name).reason
    assert reason[0].isupper() and reason.endswith(".") and "nan" not in reason
