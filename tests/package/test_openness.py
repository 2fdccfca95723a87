"""Openness under four choices: against a slow count, and its laws."""

from __future__ import annotations

import math
from itertools import product

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgebook.catalog import load
from bridgebook.methods import openness

pytestmark = pytest.mark.filterwarnings("error")
quickly = settings(database=None)

ACCESS = [*openness.MEANINGS["weights"], "api", "hosted", "unreleased", None]
MODEL = st.tuples(
    st.sampled_from(["CHN", "USA", "FRA"]),
    st.sampled_from(["A", "B", "C"]),
    st.sampled_from(ACCESS),
    st.integers(2022, 2026),
    st.booleans(),
    st.sampled_from(["Language", "Vision", "Vision;Language"]),
)


def table_of(rows: list[tuple[str, str, str | None, int, bool, str]]) -> pd.DataFrame:
    """Made-up rows of ``epoch_models``; developers carry the name of their country."""
    return pd.DataFrame(
        {
            "model": [f"m{number}" for number in range(len(rows))],
            "organisation": [f"{iso3} {name};Partner" for iso3, name, *_ in rows],
            "iso3": pd.Series([row[0] for row in rows], dtype="string"),
            "accessibility": pd.Categorical([row[2] for row in rows], categories=ACCESS[:-1]),
            "publication_date": pd.to_datetime([f"{row[3]}-06-15" for row in rows]),
            "notable": pd.Series([row[4] for row in rows], dtype="boolean"),
            "domain": pd.Series([row[5] for row in rows], dtype="string"),
        }
    )


MODELS = st.lists(MODEL, min_size=1, max_size=25)


@quickly
@given(MODELS, st.sampled_from(list(openness.MEANINGS)))
def test_models_are_counted_as_a_loop_counts_them(rows: list, meaning: str) -> None:
    found = openness.compare(table_of(rows), "notable", meaning, [2023, 2024])
    for iso3, group in [("CHN", "China"), ("USA", "United States"), ("FRA", "elsewhere")]:
        mine = [row[2] for row in rows if row[0] == iso3 and row[4] and row[3] in (2023, 2024)]
        known = [access for access in mine if access is not None]
        counts = (len(mine), len(known), sum(a in openness.MEANINGS[meaning] for a in known))
        if mine:
            assert tuple(found.loc[group, ["cases", "known", "yes"]].astype(int)) == counts
        else:
            assert group not in found.index


@quickly
@given(MODELS, st.sampled_from(list(openness.MEANINGS)))
def test_developers_are_counted_as_a_loop_counts_them(rows: list, meaning: str) -> None:
    found = openness.compare(table_of(rows), "developers", meaning)
    cases: dict[tuple[str, str], list[str | None]] = {}
    for iso3, name, access, _, notable, _ in rows:
        if notable:
            cases.setdefault((iso3, name), []).append(access)
    for iso3, group in [("CHN", "China"), ("USA", "United States"), ("FRA", "elsewhere")]:
        mine = [answers for (country, _), answers in cases.items() if country == iso3]
        yes = sum(any(a in openness.MEANINGS[meaning] for a in answers) for answers in mine)
        unknown = sum(
            None in answers and not any(a in openness.MEANINGS[meaning] for a in answers)
            for answers in mine
        )
        if mine:
            counts = (len(mine), len(mine) - unknown, yes)
            assert tuple(found.loc[group, ["cases", "known", "yes"]].astype(int)) == counts


@quickly
@given(MODELS, st.sampled_from(openness.LISTS))
def test_stricter_meanings_never_count_more(rows: list, which: str) -> None:
    table = table_of(rows)
    wide, middle, narrow = (
        openness.compare(table, which, meaning)["yes"] for meaning in openness.MEANINGS
    )
    assert (wide >= middle).all() and (middle >= narrow).all()


@quickly
@given(MODELS)
def test_lists_hold_what_they_say(rows: list) -> None:
    table = table_of(rows)
    notable = openness.on_list(table, "notable")
    assert notable["notable"].all() and len(notable) == sum(row[4] for row in rows)
    language = openness.on_list(table, "language")
    assert set(language["model"]) <= set(notable["model"])
    assert language["domain"].str.contains("Language").all()
    assert (openness.on_list(table, "large")["publication_date"].dt.year <= 2025).all()


def test_unknown_choices_are_named() -> None:
    models = load("epoch_models")
    with pytest.raises(ValueError, match="no list 'census'; choose one of notable"):
        openness.compare(models, "census")
    with pytest.raises(ValueError, match="no meaning 'free'; choose one of weights"):
        openness.is_open(models, "free")


def test_weights_is_the_column_of_the_table() -> None:
    models = load("epoch_models")
    ours, theirs = openness.is_open(models), models["open_weights"]
    assert ours.isna().equals(theirs.isna())
    assert (ours.dropna() == theirs.dropna()).all()


def test_a_group_without_cases_has_no_gap() -> None:
    only_china = table_of([("CHN", "A", "api", 2024, True, "Language")])
    assert all(math.isnan(value) for value in openness.gap(openness.compare(only_china)))


def test_the_gap_is_one_share_minus_the_other() -> None:
    table = openness.compare(load("epoch_models"), years=[2025])
    point, low, high = openness.gap(table)
    assert point == pytest.approx(26 / 33 - 9 / 58)
    assert low < point < high
    turned = openness.gap(table, "United States", "China")
    assert turned == pytest.approx((-point, -high, -low))


def test_a_model_not_said_to_be_notable_or_of_language_is_on_neither_list() -> None:
    row = ("CHN", "A", "api", 2024, True, "Language")
    table = table_of([row] * 3)
    table["notable"] = pd.array([True, pd.NA, True], dtype="boolean")
    table["domain"] = pd.array(["Language", "Language", pd.NA], dtype="string")
    assert list(openness.on_list(table, "notable")["model"]) == ["m0", "m2"]
    assert list(openness.on_list(table, "language")["model"]) == ["m0"]


@pytest.mark.parametrize(
    ("year", "china", "us"),
    [(2023, (13, 23), (35, 81)), (2024, (15, 30), (17, 54)), (2025, (26, 33), (9, 58))],
)
def test_counts_of_the_books_table(year: int, china: tuple[int, int], us: tuple[int, int]) -> None:
    """Counts of the dossier; for 2024 and 2025 less the models whose access is not stated."""
    table = openness.compare(load("epoch_models"), years=[year])
    assert tuple(table.loc["China", ["yes", "known"]].astype(int)) == china
    assert tuple(table.loc["United States", ["yes", "known"]].astype(int)) == us


def test_the_half_year_of_2026_keeps_its_unknowns() -> None:
    row = openness.compare(load("epoch_models"), years=[2026]).loc["China"]
    assert (row["yes"], row["known"], row["cases"]) == (10, 15, 18)


def test_the_gap_of_2025_survives_every_list_of_models() -> None:
    models = load("epoch_models")
    for which, meaning in product(("notable", "language", "large"), openness.MEANINGS):
        assert openness.gap(openness.compare(models, which, meaning, [2025]))[1] > 0
