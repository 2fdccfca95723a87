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
