"""Verdict of the chapter on lists and countermoves: today's, and what changed tables make of it."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from bridgebook.catalog import load
from bridgebook.ledger import Outcome
from bridgebook.verdicts import Verdict, verdict

CLAIM = "us-restricts-and-excludes"
TABLES = ("control_timeline", "control_rules", "control_aims", "policy_timeline")
Room = dict[str, pd.DataFrame]


@pytest.fixture
def room() -> Room:
    return {name: load(name) for name in TABLES}


def decide(room: Room) -> Verdict:
    return verdict(CLAIM, **room)


def test_on_the_books_data(room: Room) -> None:
    found = decide(room)
    assert found == verdict(CLAIM)
    assert found.outcome == Outcome.PARTLY
    numbers = found.numbers
    assert numbers["acts_that_restrict_before_the_article"] > 20
    assert numbers["acts_that_loosen_since"] > numbers["acts_that_restrict_since"]
    assert len(numbers["texts_that_share"]) == 2
    assert numbers["rules_not_enforced"] == ["AI diffusion rule"]
    assert set(numbers["others_that_restrict"]) == {"China", "Netherlands"}
    assert "AI diffusion rule" in found.reason and "in our selection" in found.reason.lower()


def without_sharing(room: Room) -> None:
    policy = room["policy_timeline"]
    shares = policy["themes"].str.contains("export_promotion|open_source")
    room["policy_timeline"] = policy[~(shares & (policy["iso3"] == "USA"))]


def one_sharing_text(room: Room) -> None:
    policy = room["policy_timeline"]
    room["policy_timeline"] = policy[policy["document_id"] != "eo-ai-exports-2025"]


def sharing_revoked(room: Room) -> None:
    policy = room["policy_timeline"].copy()
    policy.loc[policy["document_id"] == "eo-ai-exports-2025", "status"] = "revoked"
    room["policy_timeline"] = policy


def only_loosening(room: Room) -> None:
    timeline = room["control_timeline"].copy()
    timeline.loc[timeline["direction"] == "tighten", "direction"] = "loosen"
    room["control_timeline"] = timeline


def no_aim_ahead(room: Room) -> None:
    aims = room["control_aims"]
    room["control_aims"] = aims[aims["aim"].isin(["military_use", "human_rights"])]


def no_acts_of_the_us(room: Room) -> None:
    timeline = room["control_timeline"]
    room["control_timeline"] = timeline[timeline["actor_iso3"] != "USA"]


def fewer_restrictions(room: Room) -> None:
    without_sharing(room)
    timeline = room["control_timeline"]
    room["control_timeline"] = timeline[timeline["instrument"] != "entity_list"]


@pytest.mark.parametrize(
    ("change", "outcome", "words"),
    [
        (without_sharing, Outcome.SUPPORTED, "No US text in our table offers"),
        (one_sharing_text, Outcome.SUPPORTED, "in 1 of its texts"),
        (sharing_revoked, Outcome.SUPPORTED, "in 1 of its texts"),
        (fewer_restrictions, Outcome.PARTLY, "No US text in our table offers"),
        (only_loosening, Outcome.CONTRADICTED, "0 restricted"),
        (no_aim_ahead, Outcome.NOT_SUPPORTED, "No rule whose aims we know names staying ahead"),
        (no_acts_of_the_us, Outcome.CANNOT_TELL, "no binding act"),
    ],
)
def test_changed_data_change_the_verdict(
    room: Room, change: Callable[[Room], None], outcome: Outcome, words: str
) -> None:
    change(room)
    found = decide(room)
    assert found.outcome == outcome
    assert words in found.reason


def test_empty_tables_decide_nothing(room: Room) -> None:
    empty = {name: table.head(0) for name, table in room.items()}
    assert decide(empty).outcome == Outcome.CANNOT_TELL


def test_bills_and_guidance_do_not_count(room: Room) -> None:
    timeline = room["control_timeline"]
    before = decide(room).numbers
    room["control_timeline"] = timeline[~timeline["instrument"].isin(["bill", "guidance"])]
    assert decide(room).numbers == before


def test_unsourced_texts_share_nothing(room: Room) -> None:
    policy = room["policy_timeline"].copy()
    policy.loc[policy["document_id"] == "eo-ai-exports-2025", "verified"] = "no"
    room["policy_timeline"] = policy
    assert len(decide(room).numbers["texts_that_share"]) == 1
