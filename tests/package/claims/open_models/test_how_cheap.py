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


@pytest.mark.parametrize("name", ["prices", "benchmarks", "benchmarks_reports"])
def test_cannot_tell_without_a_table(tables: dict[str, pd.DataFrame], name: str) -> None:
    tables[name] = tables[name].head(0)
    found = verdict(CLAIM, **tables)
    assert found.outcome == Outcome.CANNOT_TELL
    assert "missing" in found.reason
