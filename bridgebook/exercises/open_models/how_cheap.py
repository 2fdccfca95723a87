"""Exercises of the chapter ``open-models/how-cheap``."""

from __future__ import annotations

import pandas as pd

from bridgebook.catalog import load
from bridgebook.claims.open_models import how_cheap
from bridgebook.exercises import Slip, exercise
from bridgebook.methods import pricing

LAST_BOARD = "2026-10-05"


def _listed() -> pd.DataFrame:
    return pricing.in_force(load("prices"), how_cheap.DAY)


def _ratio(mix: float) -> float:
    blends = pricing.blend(_listed(), mix)
    return float(blends["claude-sonnet-4-20250514"] / blends[how_cheap.MODEL])


@exercise(
    "how-cheap-1",
    "number",
    hint="Blend each pair of prices with one token read for each token written, then divide.",
    praise="The ratio hardly moves with the mix here, because both prices differ by much the same.",
    slips=(
        Slip(
            "usual-mix",
            "That is the mix of the chapter, three tokens read for each one written.",
            lambda: _ratio(pricing.MIX),
        ),
        Slip("inverse", "You divided Kimi's price by Claude's.", lambda: 1 / _ratio(1)),
        Slip(
            "input-only",
            "You compared what reading costs. The question asks for reading and writing.",
            lambda: _ratio(1e9),
        ),
        Slip(
            "output-only",
            "You compared what writing costs. The question asks for reading and writing.",
            lambda: _ratio(0),
        ),
    ),
)
def _even_mix() -> float:
    return _ratio(1)


def _board(style_control: bool = True) -> pd.DataFrame:
    names = ("arena", "arena_models", "releases", "prices", "price_models")
    return pricing.rated_prices(LAST_BOARD, style_control, **{name: load(name) for name in names})


def _efficient(mix: float) -> set[str]:
    board = _board()
    on_line = pricing.frontier(pricing.blend(board, mix), board["score"])
    return set(board.index[on_line & (board["iso3"] == "CHN")])


def _cheapest() -> set[str]:
    board = _board()
    chinese = board[board["iso3"] == "CHN"]
    return set(chinese["blend"].nsmallest(len(_efficient(20))).index)


@exercise(
    "how-cheap-2",
    "names",
    hint="Blend with a mix of twenty, ask for the frontier, keep the Chinese models.",
    praise="An agent that reads much and writes little sees nearly the same line.",
    universe=lambda: _board().index,
    slips=(
        Slip(
            "all-countries",
            "You kept models of all countries.",
            lambda: {
                *_board().index[pricing.frontier(pricing.blend(_board(), 20), _board()["score"])]
            },
        ),
        Slip(
            "cheapest",
            "Those are the cheapest. Efficient means that nothing as good costs less.",
            _cheapest,
        ),
    ),
)
def _efficient_for_readers() -> set[str]:
    return _efficient(20)


def _saving(read: float = 2_000, written: float = 500, turns: int = 40) -> float:
    price = _listed().loc["claude-sonnet-4-20250514"]
    full, cached = (
        pricing.workload_cost(price, read, written, turns, cached) for cached in (False, True)
    )
    return 1 - cached / full


def _list_discount() -> float:
    price = _listed().loc["claude-sonnet-4-20250514"]
    return float(1 - price[pricing.CACHED] / price[pricing.INPUT])


@exercise(
    "how-cheap-3",
    "share",
    hint="Compute the cost twice, with and without a cache, and compare.",
    praise="In a long conversation nearly everything that is sent was sent before.",
    slips=(
        Slip(
            "kept",
            "That is what remains to be paid. The question asks what the cache saves.",
            lambda: 1 - _saving(),
        ),
        Slip(
            "one-turn",
            "In a single turn a cache saves nothing. Set forty turns.",
            lambda: _saving(turns=1),
        ),
        Slip(
            "list-discount",
            "That is the discount on a repeated token. New tokens and answers have none.",
            _list_discount,
        ),
    ),
)
def _cache_saves() -> float:
    return _saving()


@exercise(
    "how-cheap-4",
    "choice",
    hint="",
    praise="A price belongs to a seller, and the seller was another one.",
    options={
        "host": "Read again who ran the model in the test with software issues.",
        "weaker": "A weaker model raises the cost of a solved task, but look at the whole run too.",
        "list": "The list price of its developer was far lower than that of Claude Sonnet 4.",
        "fraud": "Nothing speaks for that. Both tests publish what they did.",
    },
)
def _why_more_expensive() -> str:
    return "host"


def _tasks() -> pd.DataFrame:
    return pricing.finished_tasks(load("benchmarks"), load("benchmarks_reports"))


def _ratio_of_costs(
    column: str = "per_solved", test: str = "issues", other: str = "Claude Sonnet 4"
) -> float:
    values = _tasks()[column]
    return float(values["Kimi K2", test] / values[other, test])


@exercise(
    "how-cheap-5",
    "number",
    hint="Divide the cost of a solved task of one model by that of the other, in the same test.",
    praise="Failures are paid for too, so this ratio is larger than that of the bills.",
    slips=(
        Slip(
            "whole-run",
            "That is the ratio of the two bills. Divide each by what was solved first.",
            lambda: _ratio_of_costs("run_usd"),
        ),
        Slip("inverse", "You divided the wrong way round.", lambda: 1 / _ratio_of_costs()),
        Slip(
            "other-test",
            "That is the test with coding exercises.",
            lambda: _ratio_of_costs(test="aider"),
        ),
    ),
)
def _ratio_per_solved() -> float:
    return _ratio_of_costs()
