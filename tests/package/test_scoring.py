"""Grades from verdicts, the permutation test, and the list that links to the deciding cells."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgebook import catalog
from bridgebook.ledger import ClaimError, Outcome
from bridgebook.methods import scoring
from bridgebook.verdicts import claims, decide_all, rules

OUTCOMES = [str(outcome) for outcome in Outcome]
cards = st.lists(
    st.tuples(st.sampled_from(OUTCOMES), st.sampled_from("abc")), min_size=1, max_size=30
).map(lambda rows: pd.DataFrame(rows, columns=["outcome", "kind"]))
shares = st.floats(0, 1)


@pytest.fixture(scope="module")
def card() -> pd.DataFrame:
    return decide_all()


def test_the_card_has_a_row_for_each_decided_claim_and_says_how_good(card: pd.DataFrame) -> None:
    ledger = claims()
    assert list(card["id"]) == list(ledger.loc[ledger["decided"], "id"])
    assert list(card.index) == list(range(len(card)))
    assert list(card.columns[-3:]) == ["outcome", "reason", "tables"]
    assert not {"tests", "decided"} & set(card.columns)
    assert card["outcome"].cat.ordered and list(card["outcome"].cat.categories) == OUTCOMES
    assert card["reason"].dtype == "string" and card["reason"].str.len().min() > 20


@given(cards, shares, shares)
@settings(deadline=None)
def test_a_grade_is_a_share_and_grows_with_the_score_of_partly(
    card: pd.DataFrame, low: float, more: float
) -> None:
    for by in (None, "kind"):
        first = scoring.grade(card, min(low, more), by)
        second = scoring.grade(card, max(low, more), by)
        if (card["outcome"] == Outcome.CANNOT_TELL).all():
            assert np.isnan(first)
        else:
            assert 0 <= first <= second + 1e-12 <= 1 + 1e-9


def test_a_grade_by_hand() -> None:
    """One claim of each outcome: what is supported counts, *partly* as much as it is given."""
    card = pd.DataFrame({"outcome": OUTCOMES, "kind": list("aabba")})
    assert scoring.grade(card) == (1 + 0.5 + 0 + 0) / 4
    assert scoring.grade(card, partly=0.2) == (1 + 0.2 + 0 + 0) / 4
    assert scoring.grade(card, by="kind") == ((1 + 0.5) / 2 + 0) / 2


def test_every_group_weighs_the_same_in_a_mean_and_not_in_a_median() -> None:
    """Two kinds at zero and one at two thirds: their mean is neither's and no median."""
    words = ["supported", "supported", "contradicted", "not supported", "contradicted"]
    card = pd.DataFrame({"outcome": words, "kind": list("aaabc")})
    assert scoring.grade(card) == 2 / 5
    assert scoring.grade(card, by="kind") == pytest.approx((2 / 3 + 0 + 0) / 3)


@given(cards, shares)
@settings(deadline=None)
def test_what_cannot_be_tested_does_not_count(card: pd.DataFrame, partly: float) -> None:
    more = pd.concat([card, pd.DataFrame({"outcome": [str(Outcome.CANNOT_TELL)], "kind": ["a"]})])
    for by in (None, "kind"):
        assert scoring.grade(more, partly, by) == pytest.approx(
            scoring.grade(card, partly, by), nan_ok=True
        )


@given(cards, st.integers(2, 4))
@settings(deadline=None)
def test_groups_count_the_same_however_large(card: pd.DataFrame, times: int) -> None:
    larger = pd.concat([card, *[card[card["kind"] == "a"]] * times])
    same = scoring.grade(larger, by="kind")
    assert same == pytest.approx(scoring.grade(card, by="kind"), nan_ok=True)


@given(st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=2, max_size=12), st.data())
@settings(deadline=None, max_examples=40)
def test_dealing_keeps_the_mean(values: list[float], data: st.DataObject) -> None:
    series = pd.Series(values)
    n_inside = data.draw(st.integers(1, len(values) - 1))
    group = pd.Series([True] * n_inside + [False] * (len(values) - n_inside))
    dealt = scoring.shuffled(series, group, rounds=200, seed=3)
    assert len(dealt) == 200
    assert np.abs(dealt).max() <= 1
    # inside and outside means always make up the same total
    total = series.sum()
    outside = (total - n_inside * dealt) / len(values)  # the mean outside, from the difference
    assert (outside >= -1e-9).all()
    if len(set(values)) == 1:
        assert dealt == pytest.approx(np.zeros(200))


def test_a_deal_sets_those_inside_against_those_outside() -> None:
    """One claim holds: dealt to the one inside it counts whole, to the two outside half."""
    values = pd.Series([1.0, 0.0, 0.0, np.nan])
    group = pd.Series([True, False, False, True])
    dealt = scoring.shuffled(values, group, rounds=60, seed=1)
    assert set(dealt) == {1.0, -0.5}


def test_an_arrangement_that_chance_rarely_deals() -> None:
    values = pd.Series([1.0] * 10 + [0.0] * 10)
    group = pd.Series([True] * 10 + [False] * 10)
    dealt = scoring.shuffled(values, group, rounds=5_000, seed=1)
    assert (dealt >= 1.0).mean() < 0.001
    assert abs(dealt.mean()) < 0.03


def test_bad_input_is_named() -> None:
    card = pd.DataFrame({"outcome": ["supported"], "kind": ["fact"]})
    with pytest.raises(ValueError, match="from 0 to 1"):
        scoring.grade(card, partly=2)
    with pytest.raises(ValueError, match="kind, theme, paragraph"):
        scoring.grade(card, by="chapter")
    with pytest.raises(ValueError, match="no such outcome: true"):
        scoring.score_outcomes(pd.Series(["true"]), 0.5)
    with pytest.raises(ValueError, match="at least one"):
        scoring.shuffled(pd.Series([1.0]), pd.Series([True]), 5, 1)


# --- all verdicts -----------------------------------------------------------------------------


def test_every_claim_is_decided(card: pd.DataFrame) -> None:
    assert set(card["id"]) == set(rules())
    assert card["reason"].str.len().gt(20).all()
    assert card["outcome"].notna().all()
    assert set(card["tables"].explode()) <= set(catalog.tables())


def test_a_changed_table_reaches_the_rules_that_use_it(card: pd.DataFrame) -> None:
    empty = catalog.load("policy_timeline").iloc[:0]
    changed = decide_all(policy_timeline=empty).set_index("id")["outcome"]
    before = card.set_index("id")["outcome"]
    moved = set(before.index[before.astype(str) != changed.astype(str)])
    uses = card.set_index("id")["tables"].map(lambda names: "policy_timeline" in names)
    assert moved
    assert moved <= set(uses.index[uses])


def test_a_table_that_no_rule_uses_is_refused() -> None:
    with pytest.raises(ClaimError, match="no rule uses"):
        decide_all(nothing=pd.DataFrame())


def test_the_list_leads_to_each_cell(card: pd.DataFrame) -> None:
    shown = scoring.Listing(card)._repr_html_()
    for row in card.itertuples():
        assert f'href="../{row.chapter}.html#verdict-{row.id}"' in shown
    assert shown.count("<li>") == len(card)
    assert scoring.Listing(card)._repr_markdown_().count("\n- ") == len(card) - 1
