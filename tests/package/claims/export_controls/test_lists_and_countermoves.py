"""Verdict of the chapter on lists and countermoves: today's, and what changed tables make of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from bridgebook.catalog import load
from bridgebook.claims.export_controls import lists_and_countermoves as rules
from bridgebook.ledger import Outcome
from bridgebook.verdicts import ARTICLE_BEFORE, Verdict, verdict

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
    told = found.reason.partition("Others restrict as well: ")[2]
    for state, count in numbers["others_that_restrict"].items():
        assert f"{state} (at least {count} acts)" in told


def tally(restrict: int, loosen: int, share: int = 0) -> dict[str, Any]:
    """Numbers of the rule with so many acts of each kind and texts that share."""
    return {
        "acts_that_restrict_before_the_article": restrict,
        "acts_that_loosen_before_the_article": 0,
        "acts_that_restrict_since": 0,
        "acts_that_loosen_since": loosen,
        "rules_that_aim_to_stay_ahead": ["A rule"],
        "rules_not_enforced": [],
        "texts_that_share": ["A text"] * share,
        "others_that_restrict": {},
    }


@pytest.mark.parametrize(
    ("numbers", "outcome"),
    [
        (tally(0, 0), Outcome.CANNOT_TELL),
        (tally(4, 4), Outcome.CONTRADICTED),
        (tally(5, 4), Outcome.PARTLY),
        (tally(3, 1), Outcome.PARTLY),
        (tally(100, 33), Outcome.SUPPORTED),
        (tally(37, 14), Outcome.PARTLY),
        (tally(4, 1, 1), Outcome.SUPPORTED),
        (tally(4, 1, 2), Outcome.PARTLY),
    ],
)
def test_a_quarter_loosens_too_and_half_turns_it_round(
    numbers: dict[str, Any], outcome: Outcome
) -> None:
    assert rules._outcome(numbers) == outcome
    told = rules._reason(numbers)
    assert ("no binding act" in told) is (outcome == Outcome.CANNOT_TELL)
    assert "Others restrict" not in told


def test_an_act_of_the_day_after_the_summer_came_since(room: Room) -> None:
    timeline = room["control_timeline"]
    before = decide(room).numbers
    act = timeline[
        (timeline["actor_iso3"] == "USA")
        & (timeline["direction"] == "tighten")
        & (timeline["instrument"] == "rule")
    ].head(1)
    room["control_timeline"] = pd.concat([timeline, act.assign(date=ARTICLE_BEFORE)])
    after = decide(room).numbers
    assert after["acts_that_restrict_since"] == before["acts_that_restrict_since"] + 1
    assert (
        after["acts_that_restrict_before_the_article"]
        == before["acts_that_restrict_before_the_article"]
    )


def test_a_rule_with_two_such_aims_is_named_once_and_one_without_a_name_not(room: Room) -> None:
    names = decide(room).numbers["rules_that_aim_to_stay_ahead"]
    assert len(names) == len(set(names))
    aims = room["control_aims"]
    ahead = aims[aims["aim"].isin(rules.AHEAD)]
    stray = ahead.head(1).assign(rule_id="not in the table")
    room["control_aims"] = pd.concat([aims, ahead, stray])
    assert decide(room).numbers["rules_that_aim_to_stay_ahead"] == names


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
