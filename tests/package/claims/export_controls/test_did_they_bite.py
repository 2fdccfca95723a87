"""Verdicts and exercises of the chapter on effects: today, and when the tables change."""

from __future__ import annotations

import pandas as pd
import pytest

from bridgebook import catalog, claims
from bridgebook.claims.export_controls import did_they_bite as rules
from bridgebook.exercises import check, find
from bridgebook.exercises.export_controls import did_they_bite
from bridgebook.ledger import Outcome
from bridgebook.verdicts import verdict

UNDERMINE, BOTTLENECK = "cheap-models-undermine-controls", "hardware-is-a-bottleneck"


@pytest.fixture
def supply() -> pd.DataFrame:
    return catalog.load("compute_supply")


@pytest.fixture
def hardware() -> pd.DataFrame:
    return catalog.load("training_hardware")


@pytest.fixture
def chips() -> pd.DataFrame:
    return catalog.load("chips")


def undermine(hardware: pd.DataFrame, supply: pd.DataFrame) -> claims.Verdict:
    return verdict(UNDERMINE, training_hardware=hardware, compute_supply=supply)


def bottleneck(chips: pd.DataFrame, supply: pd.DataFrame) -> claims.Verdict:
    return verdict(BOTTLENECK, chips=chips, compute_supply=supply)


def with_value(supply: pd.DataFrame, estimate: str, value: float) -> pd.DataFrame:
    assert (supply["estimate_id"] == estimate).sum() == 1
    return supply.assign(value=supply["value"].mask(supply["estimate_id"] == estimate, value))


def all_domestic(hardware: pd.DataFrame) -> pd.DataFrame:
    large = hardware["training_compute_flop"] >= rules.LARGE_FLOP
    return hardware.assign(
        export_status=hardware["export_status"]
        .astype("string")
        .mask(large.fillna(False), "domestic")
    )


def mostly_chinese(supply: pd.DataFrame) -> pd.DataFrame:
    return with_value(supply, "accelerator-shipments-chinese-makers-chn-2025", 3_000_000)


# --- cheap-models-undermine-controls ------------------------------------------------------------


def test_undermine_today(hardware: pd.DataFrame, supply: pd.DataFrame) -> None:
    found = undermine(hardware, supply)
    assert found == verdict(UNDERMINE)
    assert found.outcome == Outcome.NOT_SUPPORTED
    numbers = found.numbers
    assert numbers["on_chips_out_of_reach"] < numbers["on_a800_or_h800"]
    assert numbers["on_a800_or_h800"] > numbers["large_models_with_named_hardware"] / 2
    assert numbers["chinese_share_of_cards"] == pytest.approx(0.4125)
    assert "Nor is the claim refuted" in found.reason


def test_undermine_partly_when_either_independence_is_there(
    hardware: pd.DataFrame, supply: pd.DataFrame
) -> None:
    models = undermine(all_domestic(hardware), supply)
    cards = undermine(hardware, mostly_chinese(supply))
    assert models.outcome == cards.outcome == Outcome.PARTLY
    assert "One of the two" in models.reason and "75% of the cards" in cards.reason


def test_undermine_supported_when_both_are_there(
    hardware: pd.DataFrame, supply: pd.DataFrame
) -> None:
    found = undermine(all_domestic(hardware), mostly_chinese(supply))
    assert found.outcome == Outcome.SUPPORTED


def test_undermine_does_not_count_what_is_only_reported(
    hardware: pd.DataFrame, supply: pd.DataFrame
) -> None:
    before = undermine(hardware, supply).numbers
    glm = hardware["model_id"] == "glm-5"
    assert (hardware.loc[glm, "evidence"] == "reported").all()
    stated = hardware.assign(evidence=hardware["evidence"].astype("string").mask(glm, "stated"))
    after = undermine(stated, supply).numbers
    assert after["on_chips_out_of_reach"] == before["on_chips_out_of_reach"] + 1


def test_undermine_leaves_out_small_foreign_and_older_models(
    hardware: pd.DataFrame, supply: pd.DataFrame
) -> None:
    base = undermine(hardware, supply).numbers
    small = hardware.assign(training_compute_flop=1e20)
    abroad = hardware.assign(partner_abroad=True)
    older = hardware.assign(release_date=pd.Timestamp("2022-09-01"))
    for changed in (small, abroad, older, hardware.iloc[:0]):
        found = undermine(changed, supply)
        assert found.outcome == Outcome.CANNOT_TELL
        assert found.numbers["large_models_with_named_hardware"] == 0
    assert base["large_models_with_named_hardware"] >= rules.MIN_MODELS


def test_undermine_cannot_tell_without_shipments(
    hardware: pd.DataFrame, supply: pd.DataFrame
) -> None:
    none = supply[supply["series"] != "accelerator_shipments"]
    for changed in (none, supply.iloc[:0]):
        found = undermine(hardware, changed)
        assert found.outcome == Outcome.CANNOT_TELL and "No full year" in found.reason


def test_undermine_takes_the_latest_full_year(hardware: pd.DataFrame, supply: pd.DataFrame) -> None:
    year = supply[
        (supply["series"] == "accelerator_shipments") & (supply["period_precision"] == "year")
    ]
    later = year.assign(
        period_end=pd.Timestamp("2026-12-31"),
        value=year["value"].mask(year["entity"] == "Chinese makers", 3e6),
    )
    found = undermine(hardware, pd.concat([supply, later], ignore_index=True))
    assert found.numbers["year_of_shipments"] == 2026 and found.outcome == Outcome.PARTLY


def test_undermine_is_never_contradicted(hardware: pd.DataFrame, supply: pd.DataFrame) -> None:
    foreign = with_value(supply, "accelerator-shipments-chinese-makers-chn-2025", 0)
    american = hardware.assign(export_status="controlled_2022_10")
    assert undermine(american, foreign).outcome == Outcome.NOT_SUPPORTED


# --- hardware-is-a-bottleneck -------------------------------------------------------------------


def test_bottleneck_today(chips: pd.DataFrame, supply: pd.DataFrame) -> None:
    found = bottleneck(chips, supply)
    assert found == verdict(BOTTLENECK)
    assert found.outcome == Outcome.SUPPORTED
    assert found.reason.startswith("3 of 3 signs")
    assert found.numbers["chinese_share_of_known_clusters"] == [7.1, 14.4]
    assert found.numbers["us_share_of_known_clusters"] == [73.4, 80.9]


def strong_chinese_chip(chips: pd.DataFrame) -> pd.DataFrame:
    best = chips["chip"] == "Biren BR100"
    assert best.sum() == 1
    return chips.assign(int8_tops=chips["int8_tops"].mask(best, 7_000.0))


def level_clusters(supply: pd.DataFrame) -> pd.DataFrame:
    china = (supply["series"] == "known_cluster_share") & (supply["iso3"] == "CHN")
    return supply.assign(**{end: supply[end].mask(china, 60.0) for end in ("value", "low", "high")})


def test_bottleneck_partly_when_one_sign_turns(chips: pd.DataFrame, supply: pd.DataFrame) -> None:
    for changed in (
        bottleneck(strong_chinese_chip(chips), supply),
        bottleneck(chips, mostly_chinese(supply)),
        bottleneck(chips, level_clusters(supply)),
    ):
        assert changed.outcome == Outcome.PARTLY and changed.reason.startswith("2 of 3 signs")


def test_bottleneck_contradicted_when_all_signs_turn(
    chips: pd.DataFrame, supply: pd.DataFrame
) -> None:
    found = bottleneck(strong_chinese_chip(chips), level_clusters(mostly_chinese(supply)))
    assert found.outcome == Outcome.CONTRADICTED


def test_bottleneck_works_with_two_signs_and_not_with_one(
    chips: pd.DataFrame, supply: pd.DataFrame
) -> None:
    no_cards = supply[supply["series"] != "accelerator_shipments"]
    found = bottleneck(chips, no_cards)
    assert found.outcome == Outcome.SUPPORTED and found.reason.startswith("2 of 2 signs")
    assert bottleneck(chips, supply.iloc[:0]).outcome == Outcome.CANNOT_TELL
    assert bottleneck(chips.iloc[:0], supply.iloc[:0]).outcome == Outcome.CANNOT_TELL
    no_chips = bottleneck(chips.iloc[:0], supply)
    assert no_chips.reason.startswith("2 of 2 signs")


def test_bottleneck_ignores_chips_not_on_sale_and_without_source(chips: pd.DataFrame) -> None:
    found = rules.best_chips(chips)
    sold = chips[chips["release_status"] == "released"]
    assert rules.best_chips(sold) == found
    for name in found["names"]:
        row = chips[chips["chip"] == name].iloc[0]
        assert row["verified"] != "no" and row["datacenter_marketed"]


# --- exercises ----------------------------------------------------------------------------------


def test_disclosure_exercise_follows_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    before = find("did-they-bite-2").truth()
    original = did_they_bite.load

    def named(table: str) -> pd.DataFrame:
        frame = original(table)
        if table == "epoch_models":
            frame["training_hardware"] = frame["training_hardware"].fillna("NVIDIA H800 SXM5")
        return frame

    monkeypatch.setattr(did_they_bite, "load", named)
    assert 0 < before < 1
    assert find("did-they-bite-2").truth() == 1
    assert check("did-they-bite-4", "not_used").right, "if all named their chips, absence speaks"


def test_h20_exercise_stops_when_a_model_names_the_h20(monkeypatch: pytest.MonkeyPatch) -> None:
    original = did_they_bite.load

    def with_h20(table: str) -> pd.DataFrame:
        frame = original(table)
        return frame.assign(hardware="NVIDIA H20") if table == "training_hardware" else frame

    monkeypatch.setattr(did_they_bite, "load", with_h20)
    with pytest.raises(catalog.DataError, match="names the H20"):
        check("did-they-bite-4", "cannot_tell")


def test_break_even_reaches_the_level_it_names() -> None:
    from bridgebook.methods import compute

    chips_needed = find("did-they-bite-5").truth()
    given = compute.assumptions(catalog.load("compute_supply"), catalog.load("chips"))
    reached = compute.total_at(given, smuggled=chips_needed, h100_per_smuggled=1)
    assert reached == pytest.approx(did_they_bite._us_clusters())


def test_a_missing_quarter_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    original = did_they_bite.load
    monkeypatch.setattr(did_they_bite, "load", lambda table: original(table).iloc[:3])
    with pytest.raises(catalog.DataError, match="expected one row"):
        check("did-they-bite-1", 1.0)
    with pytest.raises(catalog.DataError, match="expected one row"):
        check("did-they-bite-5", 1.0)
