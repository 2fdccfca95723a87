"""Verdicts of ``un-diplomacy/reading-the-texts``: today's, and how changed tables flip them."""

from __future__ import annotations

import pandas as pd
import pytest

from bridgebook import catalog
from bridgebook.claims.un_diplomacy import reading_the_texts as rules
from bridgebook.ledger import Outcome
from bridgebook.verdicts import Verdict, verdict

TABLES = (
    "ai_governance_timeline", "policy_timeline", "gaigi_ideas", "un_themes", "un_documents",
    "ai_capacity_pledges", "un_resolutions",
)  # fmt: skip


@pytest.fixture
def room() -> dict[str, pd.DataFrame]:
    return {name: catalog.load(name) for name in TABLES}


def decide(
    claim: str, room: dict[str, pd.DataFrame], *names: str, **changed: pd.DataFrame
) -> Verdict:
    return verdict(claim, **{name: changed.get(name, room[name]) for name in names})


def put(frame: pd.DataFrame, where: pd.Series, **values: object) -> pd.DataFrame:
    """A copy with other values in the chosen rows; categories may be left."""
    where = where.fillna(False).astype(bool)
    assert where.any(), "nothing to change"
    changed = frame.copy()
    for column, value in values.items():
        if isinstance(changed[column].dtype, pd.CategoricalDtype):
            changed[column] = changed[column].astype("string")
        changed.loc[where, column] = value
    return changed


# --- gaigi-launched-2023 ----------------------------------------------------------------------

LAUNCHED = ("gaigi-launched-2023", "ai_governance_timeline", "policy_timeline")


def launched(room: dict[str, pd.DataFrame], **changed: pd.DataFrame) -> Verdict:
    claim, *names = LAUNCHED
    return decide(claim, room, *names, **changed)


def test_launched_today(room: dict[str, pd.DataFrame]) -> None:
    found = launched(room)
    assert found == verdict("gaigi-launched-2023")
    assert found.outcome == Outcome.SUPPORTED
    assert found.numbers["days"] == ["18 October 2023"]
    assert "the Belt and Road Forum" in found.reason


def test_launched_flips_with_the_date(room: dict[str, pd.DataFrame]) -> None:
    events, entries = room["ai_governance_timeline"], room["policy_timeline"]
    day = pd.Timestamp("2024-10-18")
    late_event = put(events, events["document_id"] == rules.INITIATIVE, date=day)
    late_entry = put(entries, entries["document_id"] == rules.POLICY_ROW, date=day)
    assert launched(room, ai_governance_timeline=late_event).outcome == Outcome.PARTLY
    both = launched(room, ai_governance_timeline=late_event, policy_timeline=late_entry)
    assert both.outcome == Outcome.CONTRADICTED


def test_launched_by_another_state(room: dict[str, pd.DataFrame]) -> None:
    events, entries = room["ai_governance_timeline"], room["policy_timeline"]
    found = launched(
        room,
        ai_governance_timeline=put(
            events, events["document_id"] == rules.INITIATIVE, actor_iso3="USA"
        ),
        policy_timeline=put(entries, entries["document_id"] == rules.POLICY_ROW, iso3="USA"),
    )
    assert found.outcome == Outcome.CONTRADICTED


def test_launched_cannot_tell_without_records(room: dict[str, pd.DataFrame]) -> None:
    found = launched(room, **{name: room[name].head(0) for name in LAUNCHED[1:]})
    assert found.outcome == Outcome.CANNOT_TELL


# --- gaigi-principles -------------------------------------------------------------------------


def principles(room: dict[str, pd.DataFrame], **changed: pd.DataFrame) -> Verdict:
    return decide("gaigi-principles", room, "gaigi_ideas", "un_themes", **changed)


def test_principles_today(room: dict[str, pd.DataFrame]) -> None:
    found = principles(room)
    assert found == verdict("gaigi-principles")
    assert found.outcome == Outcome.PARTLY
    assert found.numbers["principles_looked_up"] == len(rules.PRINCIPLES)
    assert found.numbers["in_other_words"] == ["A fair share of the benefits"]
    assert 0 < found.numbers["central_themes_left_out"] < found.numbers["central_themes"]
    assert str(found.numbers["in_the_text"]) in found.reason
    assert found.numbers["not_seen"] == []
    assert "“A fair share of the benefits”: in other words only." in found.reason
    assert "not in what we read" not in found.reason


def test_principles_count_the_themes_of_the_text(room: dict[str, pd.DataFrame]) -> None:
    rows = room["un_themes"].query("document_id == @rules.INITIATIVE")
    told = dict(zip(rows["theme"], rows["code"], strict=True))
    named = set(room["gaigi_ideas"]["theme"].dropna())
    found = principles(room).numbers
    for least, all_of_them, left_out in (
        (1, "themes_of_the_text", "themes_left_out"),
        (2, "central_themes", "central_themes_left_out"),
    ):
        stated = {theme for theme, code in told.items() if pd.notna(code) and code >= least}
        assert (found[all_of_them], found[left_out]) == (len(stated), len(stated - named))


def test_principles_flip_with_one_reading(room: dict[str, pd.DataFrame]) -> None:
    """What the chapter says: recode a fair share, and the verdict is another."""
    ideas = room["gaigi_ideas"]
    recoded = put(ideas, ideas["idea"] == "fair_share", in_text_2023="yes")
    assert principles(room, gaigi_ideas=recoded).outcome == Outcome.SUPPORTED


def test_principles_not_supported_when_most_are_not_seen(room: dict[str, pd.DataFrame]) -> None:
    ideas = room["gaigi_ideas"]
    unseen = put(ideas, ideas["idea"].isin(rules.PRINCIPLES[:5]), in_text_2023="not_seen")
    found = principles(room, gaigi_ideas=unseen)
    assert found.outcome == Outcome.NOT_SUPPORTED
    assert len(found.numbers["not_seen"]) == 5
    assert "not in what we read" in found.reason


def test_principles_cannot_tell_from_nothing(room: dict[str, pd.DataFrame]) -> None:
    found = principles(room, gaigi_ideas=room["gaigi_ideas"].head(0))
    assert found.outcome == Outcome.CANNOT_TELL


# --- gaigi-consensus-against-concentration ----------------------------------------------------


def consensus(ideas: pd.DataFrame) -> Verdict:
    return verdict("gaigi-consensus-against-concentration", gaigi_ideas=ideas)


def test_consensus_today(room: dict[str, pd.DataFrame]) -> None:
    found = consensus(room["gaigi_ideas"])
    assert found == verdict("gaigi-consensus-against-concentration")
    assert found.outcome == Outcome.PARTLY
    assert "July 2025" in found.reason


@pytest.mark.parametrize(
    ("first", "second", "outcome"),
    [
        ("yes", "yes", Outcome.SUPPORTED),
        ("yes", "not_seen", Outcome.PARTLY),
        ("other_words", "other_words", Outcome.PARTLY),
        ("other_words", "not_seen", Outcome.NOT_SUPPORTED),
        ("not_seen", "not_seen", Outcome.NOT_SUPPORTED),
    ],
)
def test_consensus_follows_both_readings(
    room: dict[str, pd.DataFrame], first: str, second: str, outcome: Outcome
) -> None:
    ideas = room["gaigi_ideas"]
    ideas = put(ideas, ideas["idea"] == "consensus", in_text_2023=first)
    ideas = put(ideas, ideas["idea"] == "no_concentration", in_text_2023=second)
    assert consensus(ideas).outcome == outcome


def test_consensus_cannot_tell_when_one_was_not_looked_up(room: dict[str, pd.DataFrame]) -> None:
    ideas = room["gaigi_ideas"]
    assert consensus(ideas[ideas["idea"] != "consensus"]).outcome == Outcome.CANNOT_TELL
    assert consensus(ideas.head(0)).outcome == Outcome.CANNOT_TELL


# --- diplomacy-bridges-divides ----------------------------------------------------------------

BRIDGES = ("un_themes", "un_documents", "ai_capacity_pledges")


def bridges(room: dict[str, pd.DataFrame], **changed: pd.DataFrame) -> Verdict:
    return decide("diplomacy-bridges-divides", room, *BRIDGES, **changed)


def joining_cells(room: dict[str, pd.DataFrame]) -> pd.Series:
    documents = room["un_documents"].set_index("document_id")["lead_iso3"].astype("string")
    chinese = documents.index[(documents == "CHN").fillna(False)]
    themes = room["un_themes"]
    return (
        themes["document_id"].isin(chinese)
        & themes["theme"].isin(rules.JOINING)
        & themes["code"].notna()
    )


def test_bridges_today(room: dict[str, pd.DataFrame]) -> None:
    found = bridges(room)
    assert found == verdict("diplomacy-bridges-divides")
    assert found.outcome == Outcome.PARTLY
    assert found.numbers["with_a_joining_theme"] == found.numbers["cells_told_in_chinese_texts"]
    assert found.numbers["deeds_counted_by_others"] == 0
    assert "no delivery" in found.reason


def test_bridges_supported_by_deeds_that_others_counted(room: dict[str, pd.DataFrame]) -> None:
    pledges = room["ai_capacity_pledges"]
    deed = pledges[(pledges["kind"] == "delivery") & (pledges["counted_by"] == "press")].head(1)
    days = ["2025-09-01", "2026-01-15", "2026-04-02"]
    more = [pledges, *(deed.assign(item_id=day, date=pd.Timestamp(day)) for day in days)]
    many = pd.concat(more, ignore_index=True)
    for who, outcome in (
        ("recipient", Outcome.SUPPORTED),
        ("donor", Outcome.PARTLY),
        ("press", Outcome.PARTLY),
    ):
        counted = put(many, many["kind"] == "delivery", counted_by=who)
        assert bridges(room, ai_capacity_pledges=counted).outcome == outcome


def test_bridges_fall_when_the_themes_are_absent(room: dict[str, pd.DataFrame]) -> None:
    themes, cells = room["un_themes"], joining_cells(room)
    assert bridges(room, un_themes=put(themes, cells, code=0)).outcome == Outcome.CONTRADICTED
    most = cells & (cells.cumsum() > 4)
    assert bridges(room, un_themes=put(themes, most, code=0)).outcome == Outcome.NOT_SUPPORTED


def test_bridges_do_not_read_a_gap_as_absence(room: dict[str, pd.DataFrame]) -> None:
    themes, cells = room["un_themes"], joining_cells(room)
    some = cells & (cells.cumsum() > 9)
    fewer = bridges(room, un_themes=put(themes, some, code=pd.NA))
    assert fewer.outcome == bridges(room).outcome
    assert fewer.numbers["with_a_joining_theme"] == fewer.numbers["cells_told_in_chinese_texts"]


@pytest.mark.parametrize(
    ("having", "cells", "deeds", "outcome"),
    [
        (9, 10, 3, Outcome.SUPPORTED),
        (9, 10, 2, Outcome.PARTLY),
        (8, 10, 3, Outcome.PARTLY),
        (5, 10, 3, Outcome.NOT_SUPPORTED),
        (0, 10, 3, Outcome.CONTRADICTED),
    ],
)
def test_nine_in_ten_with_three_deeds_are_enough(
    having: int, cells: int, deeds: int, outcome: Outcome
) -> None:
    numbers = {
        "chinese_texts": rules.MIN_TEXTS,
        "with_a_joining_theme": having,
        "cells_told_in_chinese_texts": cells,
        "deeds_counted_by_others": deeds,
    }
    assert rules._bridges_outcome(numbers) == outcome


def test_bridges_read_a_code_without_a_reason_too(room: dict[str, pd.DataFrame]) -> None:
    themes = room["un_themes"]
    bare = put(themes, joining_cells(room), rationale=pd.NA)
    assert bridges(room, un_themes=bare).numbers == bridges(room).numbers


def test_bridges_cannot_tell_from_two_texts(room: dict[str, pd.DataFrame]) -> None:
    documents = room["un_documents"]
    two = put(
        documents, (documents["lead_iso3"] == "CHN") & (documents["position"] > 3), lead_iso3=pd.NA
    )
    found = bridges(room, un_documents=two)
    assert found.numbers["chinese_texts"] == 2 and found.outcome == Outcome.CANNOT_TELL
    assert bridges(room, un_themes=room["un_themes"].head(0)).outcome == Outcome.CANNOT_TELL


# --- china-shapes-un-norms --------------------------------------------------------------------

SHAPES = ("ai_governance_timeline", "un_resolutions", "un_themes")


def shapes(room: dict[str, pd.DataFrame], **changed: pd.DataFrame) -> Verdict:
    return decide("china-shapes-un-norms", room, *SHAPES, **changed)


def test_shapes_today(room: dict[str, pd.DataFrame]) -> None:
    found = shapes(room)
    assert found == verdict("china-shapes-un-norms")
    assert found.outcome == Outcome.PARTLY
    numbers = found.numbers
    assert numbers["assembly_texts_led"] == 1
    assert (numbers["military_texts_joined"], numbers["military_texts"]) == (3, 10)
    assert numbers["votes_against_a_military_text"] == 0
    assert numbers["chinese_central_themes_carried"] == numbers["chinese_central_themes_told"] > 0
    assert numbers["us_central_themes_carried"] == numbers["us_central_themes_told"] > 0
    assert "stayed out of most of these" in found.reason


def test_shapes_counts_a_no_and_not_what_is_unknown(room: dict[str, pd.DataFrame]) -> None:
    texts = room["un_resolutions"]
    military = texts["topic"].isin(rules.MILITARY_TOPICS) & texts["china_vote"].notna()
    against = shapes(room, un_resolutions=put(texts, military, china_vote="no")).numbers
    assert against["votes_against_a_military_text"] == military.sum()
    unknown = shapes(room, un_resolutions=put(texts, military, china_vote=pd.NA)).numbers
    assert unknown["military_texts"] == shapes(room).numbers["military_texts"] - military.sum()


def test_shapes_recomputes_the_votes(room: dict[str, pd.DataFrame]) -> None:
    """Count China's ballots on military texts again, from the roll calls of all members."""
    from bridgebook.methods import voting

    votes = voting.ballots()["CHN"]
    texts = room["un_resolutions"]
    symbols = texts.loc[texts["topic"].isin(rules.MILITARY_TOPICS), "rollcall"].dropna()
    assert (votes[symbols] == voting.BALLOTS["Y"]).sum() == 2
    assert (votes[symbols] == voting.BALLOTS["A"]).sum() == 4


def test_shapes_supported_when_china_joins_military_texts(room: dict[str, pd.DataFrame]) -> None:
    texts = room["un_resolutions"]
    yes = put(texts, texts["topic"].isin(rules.MILITARY_TOPICS), china_vote="yes")
    found = shapes(room, un_resolutions=yes)
    assert found.numbers["military_texts_joined"] == 7 and found.outcome == Outcome.SUPPORTED
    assert "stayed out" not in found.reason


def test_shapes_not_supported_without_a_lead(room: dict[str, pd.DataFrame]) -> None:
    events, texts = room["ai_governance_timeline"], room["un_resolutions"]
    idle = put(events, events["china_position"] == "led", china_position="took_part")
    assert shapes(room, ai_governance_timeline=idle).outcome == Outcome.NOT_SUPPORTED
    none = put(texts, texts["lead_iso3"] == "CHN", lead_iso3="BRA")
    assert shapes(room, un_resolutions=none).outcome == Outcome.NOT_SUPPORTED


def test_shapes_leaves_out_plans_and_tertiary_reports(room: dict[str, pd.DataFrame]) -> None:
    events = room["ai_governance_timeline"]
    led = shapes(room).numbers["events_led"]
    assert led < (events["china_position"] == "led").sum()
    planned = put(events, events["document_id"] == rules.INITIATIVE, planned=True)
    assert shapes(room, ai_governance_timeline=planned).numbers["events_led"] == led - 1


def test_shapes_cannot_tell_from_nothing(room: dict[str, pd.DataFrame]) -> None:
    found = shapes(room, **{name: room[name].head(0) for name in SHAPES})
    assert found.outcome == Outcome.CANNOT_TELL


def test_shapes_without_military_texts(room: dict[str, pd.DataFrame]) -> None:
    events, texts = room["ai_governance_timeline"], room["un_resolutions"]
    found = shapes(
        room,
        ai_governance_timeline=events[~events["forum"].isin(rules.MILITARY_FORUMS)],
        un_resolutions=texts[~texts["topic"].isin(rules.MILITARY_TOPICS)],
    )
    assert found.numbers["military_texts"] == 0 and found.outcome == Outcome.PARTLY
