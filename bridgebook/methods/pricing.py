"""What a model costs: list prices on a day, the efficient frontier, workloads and finished tasks.

Prices are US dollars for a million tokens, as developers list them (table ``prices``).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

INPUT, OUTPUT, CACHED = "input_usd_per_mtok", "output_usd_per_mtok", "cached_input_usd_per_mtok"
MIX = 3.0
"""Tokens read for each token written in the usual blend of the two list prices."""
GRACE_DAYS = 45
"""A price that a catalogue first recorded within this time after a day counts for that day: the
catalogue records a price some time after it takes effect."""
MILLION = 1e6

TASKS = {"aider": 225, "issues": 500}
"""Tasks in each test (aider_polyglot, swebench_bash_only)."""

IN_BOTH_TESTS = {
    "Kimi K2": {"aider": "Kimi K2", "issues": "Kimi K2 Instruct"},
    "Claude Sonnet 4": {
        "aider": "claude-sonnet-4-20250514 (no thinking)",
        "issues": "Claude 4 Sonnet (20250514)",
    },
    "Claude Opus 4": {
        "aider": "claude-opus-4-20250514 (no think)",
        "issues": "Claude 4 Opus (20250514)",
    },
    "GPT-4.1": {"aider": "gpt-4.1", "issues": "GPT-4.1 (2025-04-14)"},
    "o3": {"aider": "o3", "issues": "o3 (2025-04-16)"},
    "o4-mini": {"aider": "o4-mini (high)", "issues": "o4-mini (2025-04-16)"},
    "GPT-5": {"aider": "gpt-5 (medium)", "issues": "GPT-5 (2025-08-07) (medium reasoning)"},
    "Gemini 2.5 Pro": {
        "aider": "Gemini 2.5 Pro Preview 05-06",
        "issues": "Gemini 2.5 Pro (2025-05-06)",
    },
    "gpt-oss-120b": {"aider": "gpt-oss-120b (high)", "issues": "gpt-oss-120b"},
    "GPT-4o (Nov 2024)": {"aider": "gpt-4o-2024-11-20", "issues": "GPT-4o (2024-11-20)"},
    "DeepSeek-V3.2": {"aider": "DeepSeek-V3.2-Exp (Reasoner)", "issues": "DeepSeek V3.2 Reasoner"},
}
"""Models in both tests, and what each test calls them. The last pair joins the experimental
version of September 2025 with the final one of December."""


def blend(prices: pd.DataFrame, mix: float = MIX) -> pd.Series:
    """Mean list price of a token, in dollars for a million.

    Parameters
    ----------
    prices
        Rows with input and output price.
    mix
        Tokens read for each token written; not negative.

    Raises
    ------
    ValueError
        If ``mix`` is negative.
    """
    if mix < 0:
        raise ValueError(f"mix is tokens read for each token written, so not negative: got {mix}")
    return (mix * prices[INPUT] + prices[OUTPUT]) / (mix + 1)


def in_force(prices: pd.DataFrame, day: pd.Timestamp | str) -> pd.DataFrame:
    """List prices of developers on a day, one row for each model.

    Parameters
    ----------
    prices
        The table ``prices``. Hosts, special tariffs and doubtful rows are left out.
    day
        Which day.

    Returns
    -------
    Rows by ``model_key``: the latest that began by then and had not ended; for a model without
    one, the first that was recorded within :data:`GRACE_DAYS` after.
    """
    day = pd.Timestamp(day)
    plain = (prices["condition"] == "standard") & (prices["status"] == "listed")
    rows = prices[plain & (prices["provider_type"] == "first_party")]
    rows = rows[~(rows["effective_to"] <= day)].dropna(subset=["effective_from"])
    rows = rows.sort_values("effective_from")
    begun = rows[rows["effective_from"] <= day].drop_duplicates("model_key", keep="last")
    noticed = rows[
        (rows["effective_from"] > day)
        & (rows["effective_from"] <= day + pd.Timedelta(days=GRACE_DAYS))
        & (rows["effective_basis"] == "first_recorded")
        & ~rows["model_key"].isin(begun["model_key"])
    ].drop_duplicates("model_key")
    return pd.concat([begun, noticed]).set_index("model_key", drop=False)


def frontier(price: pd.Series, quality: pd.Series) -> pd.Series:
    """Which models are efficient: no other is at least as good and as cheap, and better in one.

    Parameters
    ----------
    price
        Price of each model; lower is better.
    quality
        Quality of each model, same index; higher is better.

    Returns
    -------
    True for efficient models; a model with a missing value is never efficient and beats none.

    Raises
    ------
    ValueError
        If the two have different indexes.
    """
    if not price.index.equals(quality.index):
        raise ValueError("frontier(): price and quality need the same index")
    p, q = (
        price.to_numpy(dtype=float, na_value=np.nan),
        quality.to_numpy(dtype=float, na_value=np.nan),
    )
    no_worse = (p[:, None] <= p[None, :]) & (q[:, None] >= q[None, :])
    better = (p[:, None] < p[None, :]) | (q[:, None] > q[None, :])
    beaten = (no_worse & better).any(axis=0)
    return pd.Series(~beaten & ~np.isnan(p) & ~np.isnan(q), index=price.index)


def workload_cost(
    price: Mapping[str, float], read: float, written: float, turns: int, cached: bool
) -> float:
    """Dollars for one conversation of a program or a person with a model.

    Each turn sends the whole conversation again, because a model keeps no state between turns. With
    a cache, repeated text is charged at the cached price.

    Parameters
    ----------
    price
        Input, output and cached price, in dollars for a million tokens. A missing cached price
        means that there is no discount.
    read
        Tokens that are new to the model in each turn: the question, files, results of tools.
    written
        Tokens that it writes in each turn.
    turns
        Number of turns, at least 1.
    cached
        Whether repeated text is charged at the cached price.

    Raises
    ------
    ValueError
        If there is no turn or a number of tokens is negative.
    """
    if turns < 1 or read < 0 or written < 0:
        raise ValueError(
            f"a workload needs a turn and no negative tokens: {turns=}, {read=}, {written=}"
        )
    again = turns * (turns - 1) / 2 * (read + written)
    discount = price[CACHED]
    repeated = discount if cached and not pd.isna(discount) else price[INPUT]
    return float(
        (turns * (read * price[INPUT] + written * price[OUTPUT]) + again * repeated) / MILLION
    )


def cost_per_solved(run_cost: pd.Series, percent: pd.Series, tasks: int | pd.Series) -> pd.Series:
    """Dollars for one solved task: what the whole run cost, failures included, by the solved ones.

    Parameters
    ----------
    run_cost
        Dollars for the whole test.
    percent
        Solved tasks, percent.
    tasks
        Tasks in the test.

    Returns
    -------
    Dollars; missing where nothing was solved or a value is missing.
    """
    solved = percent / 100 * tasks
    return run_cost / solved.where(solved > 0)


def rated_prices(
    day: pd.Timestamp | str,
    style_control: bool,
    *,
    arena: pd.DataFrame,
    arena_models: pd.DataFrame,
    releases: pd.DataFrame,
    prices: pd.DataFrame,
    price_models: pd.DataFrame,
) -> pd.DataFrame:
    """Models on a board of the Arena whose developers listed a price on that day.

    Parameters
    ----------
    day, style_control
        Which board.
    arena, arena_models, releases, prices, price_models
        The tables of these names.

    Returns
    -------
    One row for each name, sorted by price: ``organisation``, ``iso3``, ``open_weights``, ``score``,
    input, output and cached price, ``blend``, ``effective_basis`` and ``efficient``.

    Notes
    -----
    A name such as ``deepseek-reasoner`` is an alias, whose model changes. It is used only while
    the price that held at the release of the model holds.
    """
    day = pd.Timestamp(day)
    listed = in_force(prices, day)
    board = arena[(arena["date"] == day) & (arena["style_control"] == style_control)]
    models = arena_models.loc[arena_models["entry"] == "model"]
    models = models[["model_key", "version_key", "name", "organisation", "iso3", "open_weights"]]
    board = board[["model_key", "score"]].merge(models, on="model_key")
    known = releases.dropna(subset=["price_key", "arena_key"])
    known = known.rename(columns={"arena_key": "model_key"})[
        ["model_key", "price_key", "release_date"]
    ]
    by_name = board.assign(price_key=board["version_key"])[["model_key", "price_key"]]
    pairs = pd.concat([known, by_name]).drop_duplicates(["model_key", "price_key"])
    rated = board.merge(pairs, on="model_key").merge(
        listed.rename_axis(None),
        left_on="price_key",
        right_on="model_key",
        suffixes=("", "_listed"),
    )
    alias = rated["price_key"].isin(price_models.loc[price_models["alias"], "model_key"])
    known_then = rated["effective_from"] <= rated["release_date"] + pd.Timedelta(days=GRACE_DAYS)
    rated = rated[~alias | known_then.fillna(False)].assign(blend=lambda rows: blend(rows))
    rated = rated.sort_values(["score", "blend"], ascending=[False, True]).drop_duplicates("name")
    rated = rated.set_index("name")
    rated["efficient"] = frontier(rated["blend"], rated["score"])
    columns = ["organisation", "iso3", "open_weights", "score", INPUT, OUTPUT, CACHED, "blend"]
    return rated[[*columns, "effective_basis", "efficient"]].sort_values("blend")


def finished_tasks(benchmarks: pd.DataFrame, benchmarks_reports: pd.DataFrame) -> pd.DataFrame:
    """Cost of a solved task in two tests that other parties ran, for models that are in both.

    Parameters
    ----------
    benchmarks
        The table with Aider's coding exercises.
    benchmarks_reports
        The table with the software issues, each model with the same simple agent.

    Returns
    -------
    By name and test (``aider``, ``issues``): ``percent`` solved, ``run_usd`` for the whole test,
    ``per_solved`` dollars. Sorted by names.
    """
    parts = []
    for test, (rows, name, cost) in {
        "aider": (benchmarks[benchmarks["benchmark"] == "aider_polyglot"], "model", "cost_usd"),
        "issues": (
            benchmarks_reports[benchmarks_reports["source"] == "swebench_bash_only"],
            "model",
            "run_cost_usd",
        ),
    }.items():
        names = rows[name].map({pair[test]: ours for ours, pair in IN_BOTH_TESTS.items()})
        part = rows.assign(name=names, test=test, percent=rows["score"], run_usd=rows[cost])
        parts.append(part.dropna(subset=["name"])[["name", "iso3", "test", "percent", "run_usd"]])
    results = pd.concat(parts).drop_duplicates(["name", "test"]).set_index(["name", "test"])
    tasks = results.index.get_level_values("test").map(TASKS)
    results["per_solved"] = cost_per_solved(
        results["run_usd"], results["percent"], pd.Series(tasks, index=results.index)
    )
    return results.sort_index()
