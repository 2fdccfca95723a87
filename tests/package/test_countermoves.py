"""Event data: which acts count, marks that do not touch, and each measure's status on a day."""

from __future__ import annotations

import itertools

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgebook.catalog import describe, load
from bridgebook.methods import countermoves as cm


@pytest.fixture
def timeline() -> pd.DataFrame:
    return load("control_timeline")


@pytest.fixture
def rules() -> pd.DataFrame:
    return load("control_rules")


def test_binding_acts_are_acts_of_governments_that_bind(timeline: pd.DataFrame) -> None:
    acts = cm.binding_acts(timeline)
    assert set(acts["effect"]) == {"restrict", "loosen"}
    assert not acts["actor"].isin(cm.FIRMS).any() and (acts["verified"] != "no").all()
    assert not acts["instrument"].isin(["bill", "announcement", "guidance", "enforcement"]).any()
    assert set(acts["event_id"]) <= set(timeline["event_id"])
    assert cm.binding_acts(timeline.head(0)).empty


def test_binding_acts_are_all_there_and_those_that_point_both_ways_are_not(
    timeline: pd.DataFrame,
) -> None:
    expected = [
        act.event_id
        for act in timeline.itertuples()
        if act.instrument in cm.BINDING
        and act.actor not in cm.FIRMS
        and act.verified != "no"
        and act.direction in cm.EFFECT
    ]
    assert list(cm.binding_acts(timeline)["event_id"]) == expected
    assert timeline.set_index("event_id").loc[expected].isna().any(axis=None), "gaps do not matter"
    mixed = timeline.assign(direction="mixed")
    assert cm.binding_acts(mixed).empty


def test_firms_of_the_timeline_are_known(timeline: pd.DataFrame) -> None:
    adapting = timeline[timeline["direction"] == "adapt"]["actor"]
    assert set(adapting) <= set(cm.FIRMS), "a new firm has to be named in FIRMS"
    assert set(cm.EFFECT) <= set(timeline["direction"].cat.categories)
    assert set(cm.BINDING) <= set(timeline["instrument"].cat.categories)


@given(st.lists(st.integers(0, 400), max_size=25), st.integers(1, 90))
def test_marks_of_one_level_never_touch_and_levels_are_few(offsets: list[int], width: int) -> None:
    start = pd.Timestamp("2025-01-01")
    days = pd.Series([start + pd.Timedelta(days=n) for n in offsets], dtype="datetime64[ns]")
    level = cm.dodge(days, width)
    assert level.index.equals(days.index)
    for one, other in itertools.combinations(range(len(days)), 2):
        if level.iloc[one] == level.iloc[other]:
            assert abs((days.iloc[one] - days.iloc[other]).days) >= width
    crowd = max((sum(n <= m < n + width for n in offsets) for m in offsets), default=0)
    assert len(set(level)) == crowd, "as many levels as marks that overlap at one time"


def test_levels_keep_an_index_with_gaps_and_repeats() -> None:
    days = pd.Series(pd.to_datetime(["2025-02-01", "2025-01-01", "2025-01-02"]), index=[9, 4, 4])
    assert cm.dodge(days, 10).tolist() == [0, 0, 1]
    assert cm.dodge(days.head(0), 10).dtype == "int64"


def test_every_rule_bill_and_foreign_measure_has_a_state(
    rules: pd.DataFrame, timeline: pd.DataFrame
) -> None:
    table = cm.status(rules, timeline)
    state, detail = (table.set_index("measure")[column] for column in ("state", "detail"))
    assert state.notna().all() and state.index.is_unique
    assert set(rules["rule_short"]) <= set(state.index)
    assert state["AI diffusion rule"] == "not enforced"
    assert state["Affiliates rule"] == "not known"
    assert detail["Affiliates rule suspended"] == "until 9 November 2026"
    metals = "China: ban on gallium, germanium, antimony, superhard materials to the US"
    assert (state[metals], detail[metals]) == ("suspended", "until 27 November 2026")
    assert (state.str.len() <= 16).all(), "a phone shows the state next to the measure"
    assert (detail[state == "not law"] != "").all() and detail["October 2023 rule"] == ""
    assert detail["Remote Access Security Act (H.R. 2683)"] == "passed the House 369 to 22"
    assert detail["MATCH Act (H.R. 8170)"] == "introduced"
    assert table["since"].notna().all()
    assert set(table["by"]) == {"US", "China", "Netherlands"}


def test_rules_stand_first_and_bills_last_each_by_its_day(
    rules: pd.DataFrame, timeline: pd.DataFrame
) -> None:
    table = cm.status(rules, timeline)
    bills = set(rules.loc[rules["kind"] == "bill", "rule_short"])
    kind = [2 if row.measure in bills else 0 if row.by == "US" else 1 for row in table.itertuples()]
    assert kind == sorted(kind) and set(kind) == {0, 1, 2}
    for place in (0, 2):
        assert table["since"][[one == place for one in kind]].is_monotonic_increasing


def test_an_end_is_told_of_suspensions_only(rules: pd.DataFrame, timeline: pd.DataFrame) -> None:
    ending = rules.assign(end_date=pd.Timestamp("2027-03-01"))
    detail = cm.status(ending, timeline).set_index("measure")["detail"]
    assert detail["Affiliates rule suspended"] == "until 1 March 2027"
    assert detail["October 2023 rule"] == ""


def test_measures_of_the_united_states_come_from_the_rules(
    rules: pd.DataFrame, timeline: pd.DataFrame
) -> None:
    theirs = timeline[timeline["instrument"].isin(list(cm.MEASURES))].head(1)
    more = pd.concat([timeline, theirs.assign(event_id="made-up", actor_iso3="USA")])
    pd.testing.assert_frame_equal(cm.status(rules, more), cm.status(rules, timeline))


def test_all_codes_have_words(rules: pd.DataFrame, timeline: pd.DataFrame) -> None:
    assert set(cm.STATE) == set(rules["status_2026_11"].cat.categories)
    assert set(cm.BY) == set(timeline["actor_iso3"].cat.categories)
    bills = rules.loc[rules["kind"] == "bill", "consequence"]
    assert set(bills) <= set(cm.STEP)
    known = set(timeline["event_id"])
    for measure, events in cm.PAUSED.items():
        assert {measure, *events} <= known
    assert pd.Timestamp(describe("control_rules")["bridgebook:asOf"]) == cm.AS_OF


RARE = "China: licences for rare earths, superhard materials, battery items"


@pytest.mark.parametrize(
    ("day", "state"),
    [
        ("2025-10-20", cm.NO_END),
        ("2025-11-10", "suspended"),
        ("2026-11-10", "suspended"),
        ("2026-11-11", "not known"),
    ],
)
def test_a_state_belongs_to_a_day(
    rules: pd.DataFrame, timeline: pd.DataFrame, day: str, state: str
) -> None:
    table = cm.status(rules, timeline, pd.Timestamp(day)).set_index("measure")
    assert table.loc[RARE, "state"] == state


def test_measures_to_come_are_not_in_the_table(rules: pd.DataFrame, timeline: pd.DataFrame) -> None:
    assert RARE not in set(cm.status(rules, timeline, pd.Timestamp("2025-01-01"))["measure"])


def test_a_suspension_without_a_known_end_is_just_suspended(
    rules: pd.DataFrame, timeline: pd.DataFrame
) -> None:
    open_ended = timeline[timeline["event_id"] != "china-suspension-due"]
    table = cm.status(rules, open_ended).set_index("measure")
    assert table.loc[RARE, "state"] == "suspended"
