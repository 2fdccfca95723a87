"""The timeline of everything: no event lost, none invented, dates no finer than known."""

from __future__ import annotations

import pandas as pd
import pytest

from bridgebook.catalog import load
from bridgebook.ledger import THEMES
from bridgebook.methods import chronicle

NAMES = (
    "policy_timeline",
    "firm_events",
    "releases",
    "ai_governance_timeline",
    "control_timeline",
)


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return chronicle.events(**{name: load(name) for name in NAMES})


def test_events_are_in_order_and_complete(table: pd.DataFrame) -> None:
    assert table["date"].is_monotonic_increasing
    assert list(table.columns) == chronicle.COLUMNS
    assert table[["date", "precision", "theme", "what", "source"]].notna().all().all()
    assert set(table["theme"]) == set(THEMES)


def test_no_future_events_are_in_it(table: pd.DataFrame) -> None:
    control = load("control_timeline")
    scheduled = set(control.loc[control["direction"] == "scheduled", "event"])
    met = load("ai_governance_timeline")
    planned = set(met.loc[met["planned"].astype(bool), "event"])
    assert scheduled
    assert planned
    assert not (scheduled | planned) & set(table["what"])


def test_every_executed_control_event_is_there(table: pd.DataFrame) -> None:
    control = load("control_timeline")
    done = control[control["direction"] != "scheduled"]
    shown = chronicle.filter_events(table, "export-controls")
    assert sorted(shown["what"]) == sorted(done["event"])


def test_every_event_has_one_theme_and_one_group_of_actors(table: pd.DataFrame) -> None:
    by_theme = [len(chronicle.filter_events(table, theme)) for theme in THEMES]
    assert sum(by_theme) == len(table)
    both = set(chronicle.filter_events(table, iso3="CHN").index) & set(
        chronicle.filter_events(table, iso3="USA").index
    )
    acted = sum(len(chronicle.filter_events(table, iso3=name)) for name in ("CHN", "USA", "others"))
    assert acted == len(table) + len(both)
    pairs = [len(chronicle.filter_events(table, theme, "CHN")) for theme in THEMES]
    assert sum(pairs) == len(chronicle.filter_events(table, iso3="CHN"))


def test_policy_of_other_lanes_is_there_and_no_other(table: pd.DataFrame) -> None:
    """Controls and diplomacy have tables of their own."""
    policy = load("policy_timeline")
    elsewhere = policy["lane"].isin(["controls", "diplomacy"])
    assert set(policy.loc[~elsewhere, "label"]) <= set(table["what"])
    assert not set(policy.loc[elsewhere, "label"]) & set(table["what"])


def test_a_move_of_a_firm_stands_once_however_many_amounts_it_has(table: pd.DataFrame) -> None:
    moves = load("firm_events").query("event_type in @chronicle.MOVES")
    assert moves["event_id"].duplicated().any()
    firms = tuple(f"{firm}: " for firm in moves["firm"].unique())
    shown = table[table["what"].str.startswith(firms)]
    assert len(shown) == moves["event_id"].nunique()
    assert set(shown["iso3"]) == {chronicle.HOME_OF_FIRMS}


def test_releases_are_those_of_the_makers_and_say_how_open(table: pd.DataFrame) -> None:
    releases = load("releases")
    made = releases[releases["organisation"].isin(chronicle.MODEL_MAKERS)]
    shown = chronicle.filter_events(table, "open-models")
    words = {True: ", open weights", False: ", closed"}
    expected = [
        f"{row.organisation} releases {row.model}{words[bool(row.open_weights)]}"
        for row in made.itertuples()
    ]
    assert sorted(shown["what"]) == sorted(expected)


def test_what_is_not_known_of_a_release_is_not_told() -> None:
    releases = load("releases")
    maker = releases["organisation"] == "Z.ai"
    first, second = releases.index[maker][:2]
    changed = releases[maker].copy()
    changed.loc[first, "open_weights"] = pd.NA
    changed.loc[second, "release_date"] = pd.NaT
    tables = {name: load(name) for name in NAMES} | {"releases": changed}
    shown = chronicle.filter_events(chronicle.events(**tables), "open-models")["what"]
    assert f"Z.ai releases {releases.loc[first, 'model']}" in set(shown)
    assert not shown.str.startswith(f"Z.ai releases {releases.loc[second, 'model']},").any()
    assert len(shown) == maker.sum() - 1


def test_a_model_or_a_move_of_two_rows_stands_once(table: pd.DataFrame) -> None:
    """Other days or words in a second row make no second event."""
    tables = {name: load(name) for name in NAMES}
    again = tables["releases"].query("organisation == 'Z.ai'")
    again = again.assign(release_date=again["release_date"] + pd.Timedelta(days=1))
    moves = tables["firm_events"].query("event_type == 'funding'").assign(label="in other words")
    tables["releases"] = pd.concat([tables["releases"], again])
    tables["firm_events"] = pd.concat([tables["firm_events"], moves])
    pd.testing.assert_frame_equal(chronicle.events(**tables), table)


def test_themes_are_those_of_the_ledger_in_its_order(table: pd.DataFrame) -> None:
    assert list(table["theme"].cat.categories) == list(THEMES)


def test_an_event_of_two_tables_stands_once(table: pd.DataFrame) -> None:
    tables = {name: load(name) for name in NAMES}
    known = tables["ai_governance_timeline"].query("not planned").iloc[[0]]
    again = (
        tables["control_timeline"]
        .iloc[[0]]
        .assign(date=known["date"].iloc[0], event=known["event"].iloc[0], direction="tighten")
    )
    tables["control_timeline"] = pd.concat([tables["control_timeline"], again])
    assert len(chronicle.events(**tables)) == len(table)


def test_events_of_one_day_keep_the_order_of_the_tables(table: pd.DataFrame) -> None:
    themes = pd.Categorical(
        table["theme"], ["strategy", "open-models", "un-diplomacy", "export-controls"], ordered=True
    )
    assert table.assign(place=themes.codes).groupby("date")["place"].is_monotonic_increasing.all()


@pytest.mark.parametrize(
    ("precision", "words"),
    [
        ("day", "5 March 2024"),
        ("day, not confirmed", "5 March 2024?"),
        ("week", "March 2024"),
        ("month", "March 2024"),
        ("quarter", "quarter 1 of 2024"),
        ("year", "2024"),
    ],
)
def test_dates_are_as_fine_as_known(precision: str, words: str) -> None:
    assert chronicle.when(pd.Timestamp("2024-03-05"), precision) == words


def test_the_list_escapes_and_counts(table: pd.DataFrame) -> None:
    sample = table.head(3).assign(what="a < b & c")
    shown = chronicle.Chronicle(sample)._repr_html_()
    assert shown.count("<li>") == 3
    assert "a &lt; b &amp; c" in shown
    assert "No event" in chronicle.Chronicle(table.iloc[:0])._repr_html_()
