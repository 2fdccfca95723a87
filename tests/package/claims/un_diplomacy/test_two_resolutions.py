"""Verdicts of the chapter on two resolutions: today's, and what changed tables make of them."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from bridgebook.catalog import load
from bridgebook.claims.un_diplomacy.two_resolutions import GROUP, MORE_THAN
from bridgebook.ledger import Outcome
from bridgebook.verdicts import ARTICLE_BEFORE, Verdict, verdict

TEXT = "res-78-311"


@pytest.fixture
def texts() -> pd.DataFrame:
    return load("un_resolutions")


@pytest.fixture
def sponsors() -> pd.DataFrame:
    return load("un_sponsors")


def changed(texts: pd.DataFrame, **cells: Any) -> pd.DataFrame:
    """The resolutions with other values in the row of the Chinese-led text."""
    table = texts.copy()
    for column, value in cells.items():
        table[column] = table[column].astype(object)
        table.loc[table["resolution_id"] == TEXT, column] = value
    return table


# --- resolution-was-china-led -----------------------------------------------------------------


def led(texts: pd.DataFrame) -> Verdict:
    return verdict("resolution-was-china-led", un_resolutions=texts)


def test_led_on_the_books_data(texts: pd.DataFrame) -> None:
    found = led(texts)
    assert found == verdict("resolution-was-china-led")
    assert found.outcome == Outcome.SUPPORTED
    assert found.numbers["texts_that_fit"] == 1
    assert found.numbers["symbol"] == "A/RES/78/311"
    assert "1 July 2024" in found.reason and "without a vote" in found.reason
    assert "capacity-building" in found.reason, "the article shortens the subject"
    assert found.reason.endswith("China led it (verified).")


@pytest.mark.parametrize(
    ("cells", "outcome", "words"),
    [
        ({"lead_basis": "inferred"}, Outcome.PARTLY, "China led it (inferred)."),
        ({"other_leads_iso3": "ZMB"}, Outcome.PARTLY, "together with others"),
        ({"lead_iso3": "USA"}, Outcome.CONTRADICTED, "USA, not China"),
        ({"lead_iso3": pd.NA}, Outcome.NOT_SUPPORTED, "table names no single state as its lead"),
        ({"short_title": "Something else"}, Outcome.CANNOT_TELL, "No adopted text"),
        ({"date_adopted": pd.Timestamp("2026-03-01")}, Outcome.CANNOT_TELL, "No adopted text"),
        ({"date_adopted": ARTICLE_BEFORE}, Outcome.CANNOT_TELL, "No adopted text"),
        ({"kind": "decision"}, Outcome.CANNOT_TELL, "No adopted text"),
    ],
)
def test_led_flips(
    texts: pd.DataFrame, cells: dict[str, Any], outcome: Outcome, words: str
) -> None:
    found = led(changed(texts, **cells))
    assert found.outcome == outcome
    assert words in found.reason


def test_led_needs_rows(texts: pd.DataFrame) -> None:
    nothing = led(texts.head(0))
    assert nothing.outcome == Outcome.CANNOT_TELL and nothing.numbers == {"texts_that_fit": 0}


@pytest.mark.parametrize("turn", [1, -1])
def test_of_two_texts_that_fit_the_older_is_meant(texts: pd.DataFrame, turn: int) -> None:
    own = texts[texts["resolution_id"] == TEXT]
    later = own.assign(
        resolution_id="made-up", symbol="A/RES/79/0", date_adopted=pd.Timestamp("2025-01-01")
    )
    found = led(pd.concat([texts, later]).iloc[::turn]).numbers
    assert (found["texts_that_fit"], found["symbol"]) == (2, "A/RES/78/311")


def test_a_symbol_that_is_not_known_is_not_invented(texts: pd.DataFrame) -> None:
    found = led(changed(texts, symbol=pd.NA))
    assert found.outcome == Outcome.SUPPORTED and "number not found" in found.reason


# --- resolution-over-140 -----------------------------------------------------------------------


def over(texts: pd.DataFrame, sponsors: pd.DataFrame) -> Verdict:
    return verdict("resolution-over-140", un_resolutions=texts, un_sponsors=sponsors)


def with_names(sponsors: pd.DataFrame, count: int) -> pd.DataFrame:
    """A list of the Chinese-led text with so many counted names."""
    states = load("countries").query("kind == 'un_member'")["iso3"].astype(str).head(count)
    row = sponsors[sponsors["resolution_id"] == TEXT].iloc[[0]]
    rows = row.loc[row.index.repeat(count)].assign(iso3=list(states))
    others = sponsors[sponsors["resolution_id"] != TEXT]
    return pd.concat([others, rows], ignore_index=True)


def test_over_140_on_the_books_data(texts: pd.DataFrame, sponsors: pd.DataFrame) -> None:
    found = over(texts, sponsors)
    assert found == verdict("resolution-over-140")
    assert found.outcome == Outcome.PARTLY
    assert found.numbers["sponsors_reported"] == [141, 143]
    assert found.numbers["symbol"] == "A/RES/78/311"
    assert found.numbers["sponsors_named"] == 20
    assert "it had 141 to 143 co-sponsors" in found.reason
    assert "Nobody asked for a vote" in found.reason


def test_over_140_says_one_count_as_one_count(texts: pd.DataFrame, sponsors: pd.DataFrame) -> None:
    found = over(changed(texts, sponsors_high=141), sponsors)
    assert "it had 141 co-sponsors" in found.reason


def test_over_140_supported_once_enough_names_are_known(
    texts: pd.DataFrame, sponsors: pd.DataFrame
) -> None:
    assert over(texts, with_names(sponsors, MORE_THAN)).outcome == Outcome.PARTLY
    assert over(texts, with_names(sponsors, MORE_THAN + 1)).outcome == Outcome.SUPPORTED


def test_over_140_contradicted_by_a_complete_shorter_list(
    texts: pd.DataFrame, sponsors: pd.DataFrame
) -> None:
    complete = changed(texts, sponsor_list_complete=True)
    found = over(complete, with_names(sponsors, 139))
    assert found.outcome == Outcome.CONTRADICTED
    assert "complete and has 139" in found.reason


def test_over_140_needs_a_name_of_that_text(texts: pd.DataFrame, sponsors: pd.DataFrame) -> None:
    doubtful = with_names(sponsors, MORE_THAN + 1).assign(counted=False)
    assert over(texts, doubtful).outcome == Outcome.PARTLY
    unsaid = doubtful.assign(counted=pd.array([pd.NA] * len(doubtful), "boolean"))
    assert over(texts, unsaid).numbers["sponsors_named"] == 0
    others = with_names(sponsors, MORE_THAN + 1).assign(resolution_id="res-78-265")
    assert over(texts, others).numbers["sponsors_named"] == 0


@pytest.mark.parametrize(
    ("cells", "outcome"),
    [
        ({"sponsors_low": 130}, Outcome.CANNOT_TELL),
        ({"sponsors_low": 140}, Outcome.CANNOT_TELL),
        ({"sponsors_low": 130, "sponsors_high": 140}, Outcome.NOT_SUPPORTED),
        ({"sponsors_low": pd.NA, "sponsors_high": pd.NA}, Outcome.CANNOT_TELL),
        ({"yes": 141}, Outcome.SUPPORTED),
        ({"yes": 140}, Outcome.PARTLY),
        ({"yes": 100, "sponsors_low": pd.NA, "sponsors_high": pd.NA}, Outcome.NOT_SUPPORTED),
    ],
)
def test_over_140_flips(
    texts: pd.DataFrame, sponsors: pd.DataFrame, cells: dict[str, Any], outcome: Outcome
) -> None:
    found = over(changed(texts, **cells), sponsors)
    assert found.outcome == outcome
    if "yes" in cells:
        assert f"{cells['yes']} said yes" in found.reason


def test_over_140_needs_rows(texts: pd.DataFrame, sponsors: pd.DataFrame) -> None:
    nothing = over(texts.head(0), sponsors)
    assert nothing.outcome == Outcome.CANNOT_TELL and nothing.numbers == {"texts_that_fit": 0}
    assert over(texts, sponsors.head(0)).outcome == Outcome.PARTLY


# --- group-led-by-china-and-zambia ---------------------------------------------------------------


def group(**changes: pd.DataFrame) -> Verdict:
    return verdict("group-led-by-china-and-zambia", **changes)


def chairs(*states: str) -> pd.DataFrame:
    """The groups, with other chairs of the Group of Friends."""
    table = load("un_groups")
    is_chair = (table["group_id"] == GROUP) & (table["role"] == "co_chair")
    if not states:
        return table[~is_chair]
    row = table[is_chair].iloc[[0]]
    rows = row.loc[row.index.repeat(len(states))].assign(iso3=list(states))
    return pd.concat([table[~is_chair], rows], ignore_index=True)


def test_group_on_the_books_data() -> None:
    found = group()
    assert found.outcome == Outcome.SUPPORTED
    assert found.numbers["co_chairs"] == ["CHN", "ZMB"]
    assert found.numbers["attendance_reported_at_least"] == [80, 70, 50]
    assert found.numbers["reports_of_membership"] == 0
    assert "3 December 2024" in found.reason and "no number of members" in found.reason
    assert "attendance was reported 3 times" in found.reason


@pytest.mark.parametrize(
    ("states", "outcome"),
    [
        (("ZMB", "CHN"), Outcome.SUPPORTED),
        (("CHN",), Outcome.PARTLY),
        (("CHN", "ZMB", "PAK"), Outcome.PARTLY),
        (("FRA", "USA"), Outcome.CONTRADICTED),
        ((), Outcome.CANNOT_TELL),
    ],
)
def test_group_flips_with_its_chairs(states: tuple[str, ...], outcome: Outcome) -> None:
    assert group(un_groups=chairs(*states)).outcome == outcome


def test_group_partly_if_it_never_met() -> None:
    no_sizes = load("un_group_sizes").head(0)
    assert group(un_group_sizes=no_sizes).outcome == Outcome.PARTLY
    no_info = load("un_group_info").head(0)
    found = group(un_group_info=no_info)
    assert found.outcome == Outcome.PARTLY and "No meeting was found" in found.reason


def test_group_counts_stand_by_date_and_what_is_not_known_is_left_out() -> None:
    sizes = load("un_group_sizes")
    assert group(un_group_sizes=sizes.iloc[::-1]).numbers == group().numbers
    own = sizes.index[sizes["group_id"] == GROUP]
    unknown = sizes.assign(count_low=sizes["count_low"].mask(sizes.index == own[0]))
    counts = group(un_group_sizes=unknown).numbers["attendance_reported_at_least"]
    assert len(counts) == len(own) - 1


def test_group_met_if_one_attendance_was_reported() -> None:
    sizes = load("un_group_sizes")
    one = group(un_group_sizes=sizes[sizes["group_id"] == GROUP].sort_values("date").head(1))
    assert one.outcome == Outcome.SUPPORTED
    assert "attendance was reported once" in one.reason


def test_group_ignores_unverified_chairs() -> None:
    doubtful = load("un_groups").assign(verified="no")
    assert group(un_groups=doubtful).outcome == Outcome.CANNOT_TELL


def test_group_says_when_members_are_counted() -> None:
    sizes = load("un_group_sizes")
    counted = sizes.assign(
        what=sizes["what"].astype("string").where(sizes["group_id"] != GROUP, "members")
    )
    found = group(un_group_sizes=counted)
    assert found.numbers["reports_of_membership"] == 3
    assert "3 reports of a number of members" in found.reason


# --- the chapter's other numbers ---------------------------------------------------------------


def test_the_claimed_vote_is_neither_in_july_nor_in_2025() -> None:
    calls = load("unga_rollcalls")
    cast = calls["yes"] + calls["no"] + calls["abstain"]
    year, month = calls["date"].dt.year, calls["date"].dt.month
    of_july = (year == 2025) & (month == 7)
    assert of_july.sum() == 3 and cast[of_july].max() == 154
    assert cast[year == 2025].max() == 184 < 186
    same = calls[(calls["yes"] == 185) & (calls["no"] == 1)]
    assert len(same) == 8 and same["date"].dt.year.max() == 2021


def test_first_circles_by_income() -> None:
    sponsors = load("un_sponsors").query("counted and sponsor_stage in ('lead', 'at_tabling')")
    income = sponsors["iso3"].map(
        load("countries").set_index("iso3")["wb_income_group"].astype(str)
    )
    table = pd.crosstab(income, sponsors["resolution_id"].astype(str))
    order = ["High income", "Upper middle income", "Lower middle income", "Low income"]
    assert table.loc[order, "res-78-265"].tolist() == [40, 7, 6, 1]
    assert table.loc[order, TEXT].tolist() == [4, 8, 4, 3]


def test_only_the_chairs_are_members_of_the_group() -> None:
    """Attendance is not membership: the tables must not turn one into the other."""
    rows = load("un_groups").pipe(lambda table: table[table["group_id"] == GROUP])
    assert set(rows.loc[rows["is_member"], "role"].astype(str)) == {"co_chair"}
    present = rows[rows["role"] == "attended_first_meeting"]
    assert {"USA", "FRA", "GBR"} <= set(present["iso3"]) and len(present) == 9


def test_no_sponsor_is_duplicated_or_lacks_a_source() -> None:
    sponsors = load("un_sponsors")
    assert not sponsors.duplicated(["resolution_id", "iso3"]).any()
    assert sponsors["source"].notna().all()
    assert list(sponsors.loc[~sponsors["counted"], "iso3"]) == ["RUS"]
