"""The verdict on doing more with less: on today's data, and flipped by changed tables."""

from __future__ import annotations

import pandas as pd
import pytest

from bridgebook.catalog import load
from bridgebook.claims.open_models import how_much_compute as module
from bridgebook.ledger import Outcome
from bridgebook.verdicts import ARTICLE_BEFORE, Verdict, verdict

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
    assert f"none of {found.numbers['chinese_records']} came first" in found.reason
    pairs = module.pairs_of_firms(**{n: table for n, table in tables.items() if n != "benchmarks"})
    assert found.numbers["less_compute_for_sure"] == sum(pairs["low"].dropna() > 1)


# --- at the limits ------------------------------------------------------------------------


def records(*days: int | None) -> pd.DataFrame:
    """Chinese records, one a year, so many days after the US reached the level; None: it never."""
    rows = []
    for step, late in enumerate(days):
        day = pd.Timestamp("2015-01-01") + pd.DateOffset(years=step)
        rows.append({"iso3": "CHN", "model_release_date": day, "score": 100.0 + step})
        if late is not None:
            earlier = day - pd.Timedelta(days=late)
            rows.append({"iso3": "USA", "model_release_date": earlier, "score": 100.0 + step})
    return pd.DataFrame(rows).assign(benchmark="epoch_index")


@pytest.fixture
def no_frugal_pair(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Tables in which only the lag and the first records can speak for the claim."""
    return {**tables, "epoch_models": hungry(tables["epoch_models"])}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("late", "first", "outcome"),
    [
        ((365, 365, 365), 0, Outcome.NOT_SUPPORTED),
        ((366, 366, 366), 0, Outcome.CONTRADICTED),
        ((0, 1, 2), 0, Outcome.NOT_SUPPORTED),
        ((300, 300, -1), 1, Outcome.PARTLY),
        ((300, 300, None), 1, Outcome.PARTLY),
        ((900, 900, None), 1, Outcome.NOT_SUPPORTED),
        ((2000, 10, 10), 0, Outcome.NOT_SUPPORTED),
        ((None, None), 2, Outcome.PARTLY),
    ],
)
def test_a_year_is_the_limit_and_a_day_is_first(
    no_frugal_pair: dict[str, pd.DataFrame],
    late: tuple[int | None, ...],
    first: int,
    outcome: Outcome,
) -> None:
    """The median counts, so one slow record does not; the same day is not first."""
    found = decide(no_frugal_pair, benchmarks=records(*late))
    assert found.numbers["records_first_reached_in_china"] == first
    assert found.outcome == outcome
    assert "nan" not in found.reason
    if first:
        assert f"{first} of {len(late)} came first" in found.reason


@pytest.mark.parametrize(("lows", "held"), [((2.0, 1.0), False), ((2.0, 1.1, 0.5), True)])
def test_less_compute_has_to_be_sure_in_more_than_half_of_the_pairs(
    tables: dict[str, pd.DataFrame],
    monkeypatch: pytest.MonkeyPatch,
    lows: tuple[float, ...],
    held: bool,
) -> None:
    """A range that begins at one leaves room for as much compute."""
    pairs = pd.DataFrame({"model": "own", "rival": "other", "ratio": 3.0, "low": list(lows)})
    monkeypatch.setattr(module, "pairs_of_firms", lambda *_: pairs)
    found = decide(tables, benchmarks=records(900, 900))
    assert found.outcome == (Outcome.NOT_SUPPORTED if held else Outcome.CONTRADICTED)
    assert found.numbers["less_compute_for_sure"] == sum(low > 1 for low in lows)


def test_a_word_without_a_factor_leaves_the_ratio_known(tables: dict[str, pd.DataFrame]) -> None:
    before = decide(tables).numbers
    models = tables["epoch_models"]
    vague = models["confidence"].mask(models["model"] == "GPT-5")
    after = decide(tables, epoch_models=models.assign(confidence=vague)).numbers
    assert after["pairs_with_an_estimate"] == before["pairs_with_an_estimate"]
    assert after["rival_compute_over_own"] == before["rival_compute_over_own"]


def test_a_model_of_the_day_after_the_summer_does_not_count(
    tables: dict[str, pd.DataFrame],
) -> None:
    releases = tables["releases"]
    own = releases["model"] == "GLM-4.5"
    for day, counts in ((ARTICLE_BEFORE, False), (ARTICLE_BEFORE - pd.Timedelta(days=1), True)):
        moved_on = releases.assign(release_date=releases["release_date"].mask(own, day))
        shown = decide(tables, releases=moved_on).numbers["rival_compute_over_own"]
        assert any(pair.startswith("GLM-4.5 and") for pair in shown) is counts


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
