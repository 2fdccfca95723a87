"""Training estimates: the chain runs both ways, doubt never shrinks, known figures come out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgebook.catalog import load
from bridgebook.claims.open_models import how_good, how_much_compute
from bridgebook.methods import training

sizes = st.floats(1e6, 1e13)
shares = st.floats(0.01, 1)
factors = st.floats(1, 100)
estimates = st.floats(1e20, 1e28)


@pytest.fixture(scope="module")
def tables() -> dict[str, pd.DataFrame]:
    return {name: load(name) for name in ("arena", "arena_models", "epoch_models", "releases")}


@pytest.fixture(scope="module")
def rated(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    return training.rated_models(**tables)


# --- the chain ----------------------------------------------------------------------------


@given(sizes, st.floats(1e6, 1e15))
def test_tokens_come_back(parameters: float, tokens: float) -> None:
    flop = training.training_flop(parameters, tokens)
    assert training.implied_tokens(flop, parameters) == pytest.approx(tokens)


@given(estimates, st.floats(1, 1e5), shares)
def test_utilisation_comes_back(flop: float, peak: float, share: float) -> None:
    hours = training.accelerator_hours(flop, peak, share)
    assert training.implied_utilisation(flop, hours, peak) == pytest.approx(share)


@given(estimates, st.floats(1, 1e5), shares, shares)
def test_better_use_takes_fewer_hours(flop: float, peak: float, one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert training.accelerator_hours(flop, peak, high) <= training.accelerator_hours(
        flop, peak, low
    )


@pytest.mark.parametrize("share", [0, -0.1, 1.01, 33, pd.Series([0.5, 1.5])])
def test_no_chip_is_faster_than_its_peak(share: float) -> None:
    with pytest.raises(ValueError, match="share above 0 and at most 1"):
        training.accelerator_hours(1e24, 989.4, share)


def test_columns_are_accepted() -> None:
    hours = training.accelerator_hours(pd.Series([1e24, 2e24]), 989.4, pd.Series([0.5, 0.5]))
    assert hours[1] == pytest.approx(2 * hours[0])


# --- uncertainty --------------------------------------------------------------------------


@given(factors, factors)
def test_doubt_of_a_quotient_lies_between_the_larger_and_the_product(
    one: float, other: float
) -> None:
    both = training.ratio_factor(one, other)
    assert max(one, other) <= both * (1 + 1e-9)
    assert both <= one * other * (1 + 1e-9)
    assert both == pytest.approx(training.ratio_factor(other, one))


@given(estimates, estimates, factors, factors)
def test_swapping_a_quotient_mirrors_its_range(a: float, b: float, fa: float, fb: float) -> None:
    low, high = training.ratio_range(a, b, fa, fb)
    swapped_low, swapped_high = training.ratio_range(b, a, fb, fa)
    assert low <= a / b * (1 + 1e-9) and a / b <= high * (1 + 1e-9)
    assert swapped_low == pytest.approx(1 / high)
    assert swapped_high == pytest.approx(1 / low)


def test_only_the_three_words_have_a_factor() -> None:
    words = pd.Series(["Confident", "Likely", "Speculative", "Unknown", "Unverified", None])
    found = training.factors(words)
    assert found.tolist()[:3] == list(training.FACTORS.values())
    assert found[3:].isna().all()
    assert list(training.FACTORS.values()) == sorted(training.FACTORS.values())


# --- pairs --------------------------------------------------------------------------------


def test_one_board_and_one_row_for_each_release(rated: pd.DataFrame) -> None:
    assert rated["model"].is_unique
    assert (rated["ci_low"] <= rated["score"]).all() and (rated["score"] <= rated["ci_high"]).all()
    assert rated["flop"].isna().any(), "releases without an estimate stay in the table"


def test_repeated_and_empty_estimates_change_nothing(
    tables: dict[str, pd.DataFrame], rated: pd.DataFrame
) -> None:
    epoch = tables["epoch_models"]
    unknown = epoch.assign(training_compute_flop=float("nan"))
    known = epoch[epoch["training_compute_flop"].notna()]
    doubled = pd.concat([unknown, epoch, known.assign(training_compute_flop=1.0)])
    found = training.rated_models(**{**tables, "epoch_models": doubled})
    pd.testing.assert_frame_equal(found, rated)
    assert list(rated.columns) == [
        "model", "organisation", "iso3", "release_date", "open_weights", "score", "ci_low",
        "ci_high", "flop", "confidence", "factor",
    ]  # fmt: skip


def test_a_board_of_unknown_style_is_not_the_newest(
    tables: dict[str, pd.DataFrame], rated: pd.DataFrame
) -> None:
    arena = tables["arena"]
    later = arena[arena["date"] == arena["date"].max()].assign(
        date=arena["date"].max() + pd.Timedelta(days=7), style_control=pd.NA, score=0.0
    )
    later["style_control"] = later["style_control"].astype("boolean")
    found = training.rated_models(**{**tables, "arena": pd.concat([arena, later])})
    pd.testing.assert_frame_equal(found, rated)


def made_up(*models: tuple[str, str, str, float, float]) -> pd.DataFrame:
    columns = ["model", "iso3", "release_date", "score", "flop"]
    table = pd.DataFrame(list(models), columns=columns)
    table["release_date"] = pd.to_datetime(table["release_date"])
    return table.assign(factor=3.0, confidence="Confident")


def test_rivals_at_the_limits_are_still_rivals() -> None:
    rated = made_up(
        ("own", "CHN", "2025-01-01", 1400, 1e24),
        ("as strong as allowed", "USA", "2025-01-01", 1430, 4e24),
        ("as weak as allowed", "USA", "2025-01-01", 1370, 2e24),
        ("too strong", "USA", "2025-01-01", 1430.1, 1e24),
        ("as young as allowed", "USA", "2025-07-03", 1400, 3e24),
        ("too young", "USA", "2025-07-04", 1400, 1e24),
        ("no rival", "FRA", "2025-01-01", 1400, 1e24),
    )
    pairs = training.level_rivals(rated, ["own"])
    assert list(pairs.columns) == [
        "model", "rival", "points", "ratio", "low", "high", "confidence_rival",
    ]  # fmt: skip
    assert dict(zip(pairs["rival"], pairs["points"], strict=True)) == {
        "as weak as allowed": -30,
        "as young as allowed": 0,
        "as strong as allowed": 30,
    }
    assert list(pairs["ratio"]) == pytest.approx([2, 3, 4])


def test_the_better_of_two_level_models_wins_54_of_100() -> None:
    from bridgebook.methods import ratings

    assert round(100 * float(ratings.win_probability(training.LEVEL_POINTS))) == 54


def test_pairs_are_level_of_one_time_and_keep_the_unknown(
    tables: dict[str, pd.DataFrame], rated: pd.DataFrame
) -> None:
    pairs = how_much_compute.pairs_of_firms(**tables)
    assert (pairs["points"].abs() <= training.LEVEL_POINTS).all()
    assert pairs["ratio"].isna().any()
    known = pairs.dropna(subset=["ratio"])
    assert ((known["low"] < known["ratio"]) & (known["ratio"] < known["high"])).all()
    days = rated.set_index("model")["release_date"]
    apart = days[pairs["model"]].to_numpy() - days[pairs["rival"]].to_numpy()
    assert (np.abs(apart) <= np.timedelta64(training.PEER_DAYS, "D")).all()


def test_no_models_give_no_pairs(rated: pd.DataFrame) -> None:
    assert training.level_rivals(rated, []).empty
    assert training.level_rivals(rated.head(0), ["Kimi K2"]).empty


# --- the dossier's figures ----------------------------------------------------------------


def test_lag_agrees_with_the_dossier() -> None:
    from bridgebook.methods import ratings

    benchmarks = load("benchmarks")
    months = how_good.index_lag(benchmarks)["days"] / ratings.DAYS_PER_MONTH
    assert len(months) == 13
    found = [months.mean(), months.median(), months.min(), months.max()]
    assert np.round(found, 1).tolist() == [6.3, 5.7, 1.1, 14.8]
    best = how_good.index_records(benchmarks)
    age = ratings.level_age(best["CHN"], best["USA"], until="2026-05-14") / ratings.DAYS_PER_MONTH
    by_day = [age.mean(), age.median(), age.min(), age.max()]
    assert np.round(by_day, 1).tolist() == [7.7, 6.6, 1.1, 18.2]


def test_compute_of_kimi_k2_agrees_with_the_dossier(rated: pd.DataFrame) -> None:
    by_name = rated.set_index("model")
    own = by_name.loc["Kimi K2"]
    ratio = by_name["flop"] / own["flop"]
    assert ratio["GPT-5"] == pytest.approx(20, rel=0.15)
    assert ratio["Grok 4"] == pytest.approx(170, rel=0.02)
    assert ratio["GPT-4"] == pytest.approx(7, rel=0.02)
    scores = by_name["score"].round()
    assert scores[["Kimi K2", "GPT-5", "Grok 4"]].tolist() == [1418, 1434, 1411]
    assert own["score"] - by_name.loc["GPT-4", "score"] == pytest.approx(130, abs=1)


def test_largest_estimates_are_a_factor_of_twenty_apart() -> None:
    models = load("epoch_models")
    top = models.groupby("iso3")["training_compute_flop"].max()
    assert top["USA"] / top["CHN"] == pytest.approx(20, rel=0.01)


def test_cost_claims_follow_from_hours_and_two_dollars() -> None:
    releases = load("releases").set_index("model")
    for model in ("DeepSeek-V3", "DeepSeek-R1"):
        hours = releases.loc[model, "training_gpu_hours_m"]
        claim = releases.loc[model, "training_cost_claim_usd_m"]
        assert training.cost_usd(hours, 2) == pytest.approx(claim)
    epoch = load("epoch_models").set_index("model")["training_cost_2023_usd"]
    assert epoch["Llama 3.1-405B"] / epoch["DeepSeek-V3"] == pytest.approx(10, rel=0.03)


def test_counted_operations_of_deepseek_v3_are_epochs() -> None:
    active = load("releases").set_index("model").loc["DeepSeek-V3", "active_params_b"] * 1e9
    epoch = load("epoch_models").set_index("model").loc["DeepSeek-V3", "training_compute_flop"]
    assert training.training_flop(active, 14.8e12) == pytest.approx(epoch, rel=0.01)
