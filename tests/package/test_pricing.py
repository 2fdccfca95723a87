"""Prices: who is in force on a day, what is efficient, what a workload and a solved task cost."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgebook.catalog import load
from bridgebook.methods import pricing

DOLLARS = st.floats(0.01, 100, allow_nan=False)
TOKENS = st.integers(0, 50_000)


def price(reading: float, writing: float, cached: float | None = None) -> dict[str, float]:
    values = {pricing.INPUT: reading, pricing.OUTPUT: writing}
    return values | {pricing.CACHED: np.nan if cached is None else cached}


@given(DOLLARS, DOLLARS, st.floats(0, 1000))
def test_a_blend_lies_between_its_prices(reading: float, writing: float, mix: float) -> None:
    frame = pd.DataFrame([price(reading, writing)])
    found = pricing.blend(frame, mix).iloc[0]
    low, high = sorted((reading, writing))
    assert low * (1 - 1e-9) <= found <= high * (1 + 1e-9)


def test_a_blend_of_fewer_than_no_tokens_is_refused() -> None:
    with pytest.raises(ValueError, match="not negative"):
        pricing.blend(pd.DataFrame([price(1, 2)]), -1)


def test_three_tokens_read_for_one_written_by_default() -> None:
    frame = pd.DataFrame([price(1.0, 9.0)])
    assert pricing.blend(frame).iloc[0] == (3 * 1.0 + 9.0) / 4 == pricing.blend(frame, 3).iloc[0]


POINTS = st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)), min_size=1, max_size=12)


@given(POINTS)
def test_the_frontier_is_what_nothing_beats(points: list[tuple[int, int]]) -> None:
    table = pd.DataFrame(points, columns=["price", "quality"]).astype(float)
    found = pricing.frontier(table["price"], table["quality"])
    for place, (p, q) in enumerate(points):
        beaten = any(a <= p and b >= q and (a, b) != (p, q) for a, b in points)
        assert found[place] == (not beaten)
    assert found.any()


@given(POINTS)
def test_along_the_frontier_quality_rises_with_price(points: list[tuple[int, int]]) -> None:
    table = pd.DataFrame(points, columns=["price", "quality"]).astype(float)
    line = table[pricing.frontier(table["price"], table["quality"])].drop_duplicates()
    line = line.sort_values("price")
    assert line["price"].is_unique and line["quality"].is_monotonic_increasing


def test_missing_values_are_never_efficient_and_beat_none() -> None:
    p = pd.Series([1.0, np.nan, 2.0])
    q = pd.Series([5.0, 9.0, np.nan])
    assert pricing.frontier(p, q).tolist() == [True, False, False]
    with pytest.raises(ValueError, match="same index"):
        pricing.frontier(p, q.set_axis([3, 4, 5]))


@given(DOLLARS, DOLLARS, st.floats(0, 1), TOKENS, TOKENS, st.integers(1, 60))
def test_a_workload_is_the_sum_of_its_turns(
    reading: float, writing: float, share: float, read: int, written: int, turns: int
) -> None:
    prices = price(reading, writing, reading * share)
    for cached, again in ((False, reading), (True, reading * share)):
        by_hand, past = 0.0, 0
        for _ in range(turns):
            by_hand += past * again + read * reading + written * writing
            past += read + written
        found = pricing.workload_cost(prices, read, written, turns, cached)
        assert found == pytest.approx(by_hand / 1e6)


@given(DOLLARS, DOLLARS, TOKENS, TOKENS, st.integers(1, 60))
def test_without_a_cached_price_there_is_no_discount(
    reading: float, writing: float, read: int, written: int, turns: int
) -> None:
    work = (read, written, turns)
    full, cached = (
        pricing.workload_cost(price(reading, writing), *work, cached=c) for c in (False, True)
    )
    assert full == cached


@pytest.mark.parametrize("work", [(1, 1, 0), (-1, 1, 1), (1, -1, 1)])
def test_impossible_workloads_are_refused(work: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="needs a turn and no negative tokens"):
        pricing.workload_cost(price(1, 1), *work, cached=False)


def test_nothing_solved_has_no_cost_per_solved() -> None:
    cost = pricing.cost_per_solved(pd.Series([10.0, 10.0]), pd.Series([0.0, 50.0]), 20)
    assert np.isnan(cost[0]) and cost[1] == 1.0
    assert pricing.cost_per_solved(pd.Series([10.0]), pd.Series([5.0]), 20)[0] == 10.0, "one of 20"


def test_in_force_takes_the_price_of_the_day() -> None:
    prices = load("prices")
    before, after = (
        pricing.in_force(prices, day).loc["deepseek-v4-pro", pricing.INPUT]
        for day in ("2026-05-24", "2026-05-25")
    )
    assert (before, after) == (1.74, 0.435)
    found = pricing.in_force(prices, "2026-10-05")
    assert found.index.is_unique
    assert set(found["provider_type"]) == {"first_party"}
    assert set(found["condition"]) == {"standard"}


def test_in_force_accepts_a_late_sighting_but_not_a_late_change() -> None:
    prices = load("prices")
    assert "kimi-k2-0711-preview" in pricing.in_force(prices, "2025-08-04").index
    assert "kimi-k2-0711-preview" not in pricing.in_force(prices, "2025-06-20").index
    # Documented as beginning in November 2025: not in force in October.
    assert "claude-opus-4-5" not in pricing.in_force(prices, "2025-10-20").index


def quotes(*rows: tuple[str, str, float]) -> pd.DataFrame:
    """List prices of one model, first seen by a catalogue: start, end and dollars."""
    starts, ends, dollars = zip(*rows, strict=True)
    return pd.DataFrame(
        {
            "model_key": "m",
            "condition": "standard",
            "status": "listed",
            "provider_type": "first_party",
            "effective_from": pd.to_datetime(list(starts)),
            "effective_to": pd.to_datetime(list(ends)),
            "effective_basis": "first_recorded",
            pricing.INPUT: dollars,
        }
    )


@pytest.mark.parametrize("turn", [1, -1])
def test_the_order_of_rows_does_not_choose_the_price(turn: int) -> None:
    rows = quotes(("2025-01-01", "", 3.0), ("2025-03-01", "", 2.0), ("2025-07-01", "", 1.0))
    for day, dollars in (("2024-12-31", 3.0), ("2025-02-01", 3.0), ("2025-03-01", 2.0)):
        assert pricing.in_force(rows.iloc[::turn], day)[pricing.INPUT].to_dict() == {"m": dollars}


def test_a_price_holds_from_its_first_day_to_the_day_before_its_last() -> None:
    rows = quotes(("2025-01-01", "2025-02-01", 3.0))
    grace = pd.Timestamp("2025-01-01") - pd.Timedelta(days=45)
    for day, held in (
        (grace - pd.Timedelta(days=1), False),
        (grace, True),
        ("2025-01-01", True),
        ("2025-01-31", True),
        ("2025-02-01", False),
    ):
        assert ("m" in pricing.in_force(rows, day).index) is held, day
    documented = rows.assign(effective_basis="documented")
    assert pricing.in_force(documented, grace).empty


@pytest.fixture
def board_tables() -> dict[str, pd.DataFrame]:
    names = ("arena", "arena_models", "releases", "prices", "price_models")
    return {name: load(name) for name in names}


EFFICIENT = {
    ("2025-08-04", False): {"USA": 3, "CHN": 2},
    ("2026-01-16", True): {"USA": 2, "CHN": 3, "FRA": 1},
    ("2026-10-05", True): {"USA": 2, "CHN": 4},
}


@pytest.mark.parametrize("board", EFFICIENT, ids=lambda board: board[0])
def test_the_frontier_of_the_book(
    board: tuple[str, bool], board_tables: dict[str, pd.DataFrame]
) -> None:
    """Recomputed in another way: walk from the cheapest model and keep each new best."""
    found = pricing.rated_prices(*board, **board_tables)
    assert found.index.is_unique
    best, walked = -np.inf, set()
    for name, row in found.sort_values(["blend", "score"], ascending=[True, False]).iterrows():
        if row["score"] > best:
            best = row["score"]
            walked.add(name)
    assert set(found.index[found["efficient"]]) == walked
    counts = found.loc[found["efficient"], "iso3"].value_counts()
    assert counts[counts > 0].to_dict() == EFFICIENT[board]


def test_an_alias_counts_only_for_the_model_that_it_meant(
    board_tables: dict[str, pd.DataFrame],
) -> None:
    early = pricing.rated_prices("2025-08-04", False, **board_tables)
    late = pricing.rated_prices("2026-01-16", True, **board_tables)
    assert "DeepSeek-R1-0528" in early.index
    assert "DeepSeek-R1-0528" not in late.index


def test_an_alias_without_a_release_is_not_used(board_tables: dict[str, pd.DataFrame]) -> None:
    """Only a date of release tells whether the name still meant the model."""
    board = ("2025-08-04", False)
    prices = board_tables["price_models"]
    found = pricing.rated_prices(*board, **board_tables)
    keys = board_tables["arena_models"].set_index("name")["version_key"]
    every = prices.assign(alias=True)
    strict = pricing.rated_prices(*board, **{**board_tables, "price_models": every})
    none = board_tables["releases"].iloc[:0]
    unknown = {**board_tables, "price_models": every, "releases": none}
    assert 0 < len(strict) < len(found)
    assert pricing.rated_prices(*board, **unknown).empty
    by_name = pricing.rated_prices(*board, **{**board_tables, "releases": none})
    assert set(keys[by_name.index]) <= set(board_tables["prices"]["model_key"])
    assert not by_name.empty


@pytest.mark.parametrize("board", EFFICIENT, ids=lambda board: board[0])
def test_rated_prices_stand_from_cheap_to_dear(
    board: tuple[str, bool], board_tables: dict[str, pd.DataFrame]
) -> None:
    assert pricing.rated_prices(*board, **board_tables)["blend"].is_monotonic_increasing


@pytest.mark.parametrize("turn", [1, -1])
@pytest.mark.parametrize(
    ("other", "points", "score", "blend"),
    [
        ("o3-mini", -100, 1434.0, 1.0),
        ("o3-mini", 0, 1434.0, 1.0),
        ("o3-mini", 100, 1534.0, 1.925),
        ("GLM-4.5-Air", 0, 1434.0, 0.425),
    ],
)
def test_of_two_entries_of_one_name_the_better_and_then_the_cheaper_counts(
    other: str,
    points: float,
    score: float,
    blend: float,
    turn: int,
    board_tables: dict[str, pd.DataFrame],
) -> None:
    """GLM-4.5 once more, at the price of another model and with so many points more."""
    arena, models = board_tables["arena"], board_tables["arena_models"]
    entry = models.query("entry == 'model'").set_index("name", drop=False)
    own = entry.loc[["GLM-4.5"]]
    double = own.assign(model_key="made-up", version_key=entry.loc[other, "version_key"])
    rows = arena[arena["model_key"] == own["model_key"].iloc[0]]
    again = rows.assign(model_key="made-up", score=rows["score"] + points)
    both = {
        **board_tables,
        "arena": pd.concat([arena, again]).iloc[::turn],
        "arena_models": pd.concat([models, double]).iloc[::turn],
    }
    found = pricing.rated_prices("2025-08-04", False, **both)
    assert found.index.is_unique
    assert found.loc["GLM-4.5", ["score", "blend"]].tolist() == pytest.approx([score, blend])


@pytest.mark.parametrize(("days", "meant"), [(45, True), (46, False)])
def test_an_alias_means_the_model_if_its_price_came_within_the_grace_of_the_release(
    days: int, meant: bool, board_tables: dict[str, pd.DataFrame]
) -> None:
    releases = board_tables["releases"]
    price_day = pricing.in_force(board_tables["prices"], "2025-08-04").loc["deepseek-reasoner"]
    own = releases["arena_key"].eq("deepseek-r1-0528").fillna(False)
    day = price_day["effective_from"] - pd.Timedelta(days=days)
    board_tables["releases"] = releases.assign(release_date=releases["release_date"].mask(own, day))
    found = pricing.rated_prices("2025-08-04", False, **board_tables)
    assert ("DeepSeek-R1-0528" in found.index) is meant


def test_list_prices_of_the_dossier(board_tables: dict[str, pd.DataFrame]) -> None:
    """Kimi K2 0.60/2.50, GPT-4.1 2/8, Claude Sonnet 4 3/15, Claude Opus 4 15/75."""
    found = pricing.in_force(board_tables["prices"], "2025-08-08")
    pairs = {
        "kimi-k2-0711-preview": (0.60, 2.50),
        "gpt-4.1": (2, 8),
        "claude-sonnet-4-20250514": (3, 15),
        "claude-opus-4-20250514": (15, 75),
    }
    for key, pair in pairs.items():
        assert tuple(found.loc[key, [pricing.INPUT, pricing.OUTPUT]]) == pair


def test_the_two_tests_of_the_dossier() -> None:
    """About a thirteenth of the cost in one, about 40 percent more expensive in the other."""
    found = pricing.finished_tasks(load("benchmarks"), load("benchmarks_reports"))
    run = found["run_usd"].unstack("test")  # noqa: PD010 - the index is unique
    ratio = run.loc["Claude Sonnet 4"] / run.loc["Kimi K2"]
    assert ratio["aider"] == pytest.approx(13, abs=0.5)
    assert 1 / ratio["issues"] == pytest.approx(1.4, abs=0.05)
    assert set(found.groupby("name").size()) == {2}, "each model is in both tests"
    assert set(found.index.get_level_values("name")) == set(pricing.IN_BOTH_TESTS)
    assert found.index.is_monotonic_increasing


def test_a_solved_task_costs_the_run_by_the_tasks_solved() -> None:
    """The words of the verdict give the number of tasks a second time."""
    from bridgebook.claims.open_models.how_cheap import TESTS

    found = pricing.finished_tasks(load("benchmarks"), load("benchmarks_reports"))
    for test, words in TESTS.items():
        tasks = int(words.split()[0])
        rows = found.xs(test, level="test")
        solved = rows["percent"] / 100 * tasks
        assert (rows["per_solved"] * solved).to_numpy() == pytest.approx(rows["run_usd"])


def test_a_result_that_stands_twice_counts_once() -> None:
    tables = [load("benchmarks"), load("benchmarks_reports")]
    again = [pd.concat([table, table]) for table in tables]
    once, twice = pricing.finished_tasks(*tables), pricing.finished_tasks(*again)
    pd.testing.assert_frame_equal(once, twice)
