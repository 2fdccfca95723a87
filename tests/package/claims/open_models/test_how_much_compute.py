"""The verdict on doing more with less: on today's data, and flipped by changed tables."""

from __future__ import annotations

import pandas as pd
import pytest

from bridgebook.catalog import load
from bridgebook.claims.open_models import how_much_compute as module
from bridgebook.ledger import Outcome
from bridgebook.verdicts import Verdict, verdict

CLAIM = "breakthroughs-challenge-western-models"
NAMES = ("arena", "arena_models", "benchmarks", "epoch_models", "releases")


@pytest.fixture
def tables() -> dict[str, pd.DataFrame]:
    return {name: load(name) for name in NAMES}


def decide(tables: dict[str, pd.DataFrame], **changed: pd.DataFrame) -> Verdict:
    return verdict(CLAIM, **{**tables, **changed})


def hungry(models: pd.DataFrame, times: float = 1e4) -> pd.DataFrame:
    """The same list, with far more compute behind Chinese models."""
    chinese = models["iso3"] == "CHN"
    column = "training_compute_flop"
    return models.assign(**{column: models[column].mask(chinese, models[column] * times)})


def moved(benchmarks: pd.DataFrame, days: int) -> pd.DataFrame:
    """The same results, with Chinese models released earlier (negative) or later."""
    chinese = (benchmarks["iso3"] == "CHN").fillna(False)
    column = "model_release_date"
    later = benchmarks[column] + pd.Timedelta(days=days)
    return benchmarks.assign(**{column: benchmarks[column].mask(chinese, later)})


def test_today(tables: dict[str, pd.DataFrame]) -> None:
    found = decide(tables)
    assert found == verdict(CLAIM)
    assert found.outcome == Outcome.PARTLY
    assert found.numbers["records_first_reached_in_china"] == 0
    assert 0 < found.numbers["less_compute_for_sure"] < found.numbers["pairs_with_an_estimate"]
    assert found.numbers["pairs_without"] > 0
    assert f"{found.numbers['median_lag_in_months']:.1f} months" in found.reason


def test_supported_if_chinese_records_come_first(tables: dict[str, pd.DataFrame]) -> None:
    found = decide(tables, benchmarks=moved(tables["benchmarks"], -400))
    assert found.outcome == Outcome.SUPPORTED
    assert found.numbers["records_first_reached_in_china"] > 0


def test_not_supported_if_less_compute_is_not_sure(tables: dict[str, pd.DataFrame]) -> None:
    found = decide(tables, epoch_models=hungry(tables["epoch_models"]))
    assert found.outcome == Outcome.NOT_SUPPORTED
    assert found.numbers["less_compute_for_sure"] == 0


def test_not_supported_if_the_estimates_are_all_speculative(
    tables: dict[str, pd.DataFrame],
) -> None:
    models = tables["epoch_models"]
    words = pd.Series("Speculative", index=models.index, dtype=models["confidence"].dtype)
    found = decide(tables, epoch_models=models.assign(confidence=words))
    assert found.outcome == Outcome.NOT_SUPPORTED


def test_contradicted_if_hungry_and_years_behind(tables: dict[str, pd.DataFrame]) -> None:
    found = decide(
        tables,
        epoch_models=hungry(tables["epoch_models"]),
        benchmarks=moved(tables["benchmarks"], 900),
    )
    assert found.outcome == Outcome.CONTRADICTED


@pytest.mark.parametrize("name", ["arena", "benchmarks", "epoch_models", "releases"])
def test_an_empty_table_leaves_the_question_open(
    tables: dict[str, pd.DataFrame], name: str
) -> None:
    found = decide(tables, **{name: tables[name].head(0)})
    assert found.outcome == Outcome.CANNOT_TELL


def test_models_after_the_article_do_not_count(tables: dict[str, pd.DataFrame]) -> None:
    names = ("arena", "arena_models", "epoch_models", "releases")
    pairs = module.pairs_of_firms(**{name: tables[name] for name in names})
    assert set(pairs["model"]) == {"Kimi K2", "GLM-4.5", "GLM-4.5-Air"}


def test_releases_without_an_estimate_change_no_outcome(tables: dict[str, pd.DataFrame]) -> None:
    """Missing is not zero: a rival without an estimate counts neither for nor against."""
    before = decide(tables)
    models = tables["epoch_models"]
    masked = models["training_compute_flop"].mask(models["model"] == "GPT-5")
    after = decide(tables, epoch_models=models.assign(training_compute_flop=masked))
    assert after.numbers["less_compute_for_sure"] == before.numbers["less_compute_for_sure"]
    assert after.numbers["pairs_without"] > before.numbers["pairs_without"]
