"""Verdict of how-cheap: today's outcome, and the changes that flip it."""

from __future__ import annotations

import pandas as pd
import pytest

from bridgebook.catalog import load
from bridgebook.claims.open_models import how_cheap
from bridgebook.ledger import Outcome
from bridgebook.verdicts import verdict

CLAIM = "kimi-k2-costs-less"
CHEAPER = ("Gemini 2.5 Flash", "DeepSeek-V3")


@pytest.fixture
def tables() -> dict[str, pd.DataFrame]:
    return {name: load(name) for name in ("prices", "benchmarks", "benchmarks_reports")}


def scaled(frame: pd.DataFrame, column: str, rows: pd.Series, factor: float) -> pd.DataFrame:
    return frame.assign(**{column: frame[column].where(~rows, frame[column] * factor)})


def test_on_the_books_data() -> None:
    found = verdict(CLAIM)
    assert found.outcome == Outcome.PARTLY
    assert "4% to 31%" in found.reason
    assert "more than Claude Sonnet 4 and GPT-4.1" in found.reason
    assert "On the list it cost 2.3 to 4.1 times as much as Gemini 2.5 Flash" in found.reason


def without_cheaper_rivals(prices: pd.DataFrame) -> pd.DataFrame:
    return prices[~prices["model_key"].isin([how_cheap.RIVALS[name] for name in CHEAPER])]


def test_supported_without_cheaper_rivals_and_with_cheap_issues(
    tables: dict[str, pd.DataFrame],
) -> None:
    tables["prices"] = without_cheaper_rivals(tables["prices"])
    assert verdict(CLAIM, **tables).outcome == Outcome.PARTLY
    reports = tables["benchmarks_reports"]
    kimi = reports["model"].eq("Kimi K2 Instruct").fillna(False)
    tables["benchmarks_reports"] = scaled(reports, "run_cost_usd", kimi, 0.1)
    assert verdict(CLAIM, **tables).outcome == Outcome.SUPPORTED


def test_not_supported_at_a_higher_list_price(tables: dict[str, pd.DataFrame]) -> None:
    kimi = tables["prices"]["model_key"].eq("kimi-k2-0711-preview")
    for column in ("input_usd_per_mtok", "output_usd_per_mtok"):
        tables["prices"] = scaled(tables["prices"], column, kimi, 3)
    assert verdict(CLAIM, **tables).outcome == Outcome.NOT_SUPPORTED


def test_contradicted_if_more_expensive_everywhere(tables: dict[str, pd.DataFrame]) -> None:
    kimi = tables["prices"]["model_key"].eq("kimi-k2-0711-preview")
    for column in ("input_usd_per_mtok", "output_usd_per_mtok"):
        tables["prices"] = scaled(tables["prices"], column, kimi, 100)
    for name, column in (("benchmarks", "cost_usd"), ("benchmarks_reports", "run_cost_usd")):
        rows = tables[name]["model"].isin(["Kimi K2", "Kimi K2 Instruct"]).fillna(False)
        tables[name] = scaled(tables[name], column, rows, 100)
    assert verdict(CLAIM, **tables).outcome == Outcome.CONTRADICTED


HALF, EQUAL, COSTLIER = {"A": 0.5}, {"A": 1.0}, {"A": 1.5}


@pytest.mark.parametrize(
    ("on_list", "per_task", "outcome"),
    [
        (HALF, HALF, Outcome.SUPPORTED),
        (HALF, {"A": 0.51}, Outcome.PARTLY),
        ({"A": 0.5, "B": 2.0}, HALF, Outcome.NOT_SUPPORTED),
        ({"A": 0.5, "B": 0.5, "C": 2.0}, HALF, Outcome.PARTLY),
        ({"A": 0.51}, HALF, Outcome.NOT_SUPPORTED),
        (EQUAL, COSTLIER, Outcome.CONTRADICTED),
        ({"A": 0.99}, COSTLIER, Outcome.NOT_SUPPORTED),
        ({}, HALF, Outcome.CANNOT_TELL),
        (HALF, {}, Outcome.CANNOT_TELL),
    ],
)
def test_half_is_much_less_and_as_much_is_not_less(
    on_list: dict[str, float], per_task: dict[str, float], outcome: Outcome
) -> None:
    """One of two is no majority; what costs the same everywhere does not cost less."""
    assert how_cheap._outcome(on_list, [on_list, per_task]) == outcome


def test_what_costs_the_same_is_not_called_costlier() -> None:
    words = how_cheap._reason({"A": 1.0, "B": 1.5}, {"a hundred": {"C": 1.0, "D": 1.5}})
    assert "cost 100% to 100% of what A cost" in words
    assert "1.5 to 1.5 times as much as B." in words
    assert "more than D." in words


def test_two_listed_models_are_enough_and_a_run_without_a_cost_is_not_compared(
    tables: dict[str, pd.DataFrame],
) -> None:
    keys = [how_cheap.MODEL, how_cheap.RIVALS["GPT-4.1"]]
    prices = tables["prices"]
    reports = tables["benchmarks_reports"]
    unknown = reports["model"].eq("GPT-4.1 (2025-04-14)").fillna(False)
    assert unknown.any()
    found = verdict(
        CLAIM,
        prices=prices[prices["model_key"].isin(keys)],
        benchmarks=tables["benchmarks"],
        benchmarks_reports=scaled(reports, "run_cost_usd", unknown, float("nan")),
    ).numbers
    assert set(found["list_price_as_a_share_of"]) == {"GPT-4.1"}
    issues = found[f"cost_per_solved_of_{how_cheap.TESTS['issues']}_as_a_share_of"]
    assert "GPT-4.1" not in issues and "Claude Sonnet 4" in issues


@pytest.mark.parametrize("name", ["prices", "benchmarks", "benchmarks_reports"])
def test_cannot_tell_without_a_table(tables: dict[str, pd.DataFrame], name: str) -> None:
    tables[name] = tables[name].head(0)
    found = verdict(CLAIM, **tables)
    assert found.outcome == Outcome.CANNOT_TELL
    assert "missing" in found.reason
