"""Exercises of the chapter ``strategy/inputs-of-leadership``."""

from __future__ import annotations

import inspect
from typing import Any

import pandas as pd
from numpy.typing import NDArray

from bridgebook.catalog import load
from bridgebook.exercises import Slip, exercise
from bridgebook.methods import composite

EIGHT = list(composite.MEASURES)
BOTH_SWAPS = ("talent", "computing")
CLOSE = 5
"""Points within which two indices count as even in exercise 5."""


def _values() -> pd.DataFrame:
    names = inspect.signature(composite.measures).parameters
    return composite.measures(**{name: load(name) for name in names})


def _scores(method: str = "leader", swaps: tuple[str, ...] = ()) -> pd.DataFrame:
    keys = [composite.SWAPS[key] if key in swaps else key for key in EIGHT]
    return composite.normalise(_values().loc[keys, list(composite.POWERS)], method)


def _gap(scores: pd.DataFrame) -> pd.Series:
    return scores["CHN"] - scores["USA"]


@exercise(
    "inputs-of-leadership-1",
    "number",
    hint="China's value over the largest value of the row, times 100.",
    praise="The leader is always at 100, so the score is also the distance to the leader.",
    slips=(
        Slip(
            "of-the-sum",
            "You divided by the sum of both countries. The scale divides by the leader.",
            lambda: (
                100 * _values().loc["money", "CHN"] / _values().loc["money", ["CHN", "USA"]].sum()
            ),
        ),
        Slip(
            "raw",
            "That is the value in billions of dollars, not yet a score.",
            lambda: _values().loc["money", "CHN"],
        ),
        Slip(
            "ai-index",
            "You took the private investment of the AI Index. The index uses venture money.",
            lambda: (
                100
                * _values().loc["money_ai_index", "CHN"]
                / _values().loc["money_ai_index", "USA"]
            ),
        ),
        Slip(
            "share",
            "Right idea, but the leader has 100 on this scale, not 1.",
            lambda: _values().loc["money", "CHN"] / _values().loc["money", "USA"],
        ),
    ),
)
def _money_score() -> float:
    return float(_scores().loc["money", "CHN"])


def _difference(weights: dict[str, float], method: str = "leader") -> float:
    points = composite.index(_scores(method), weights)
    return float(points["CHN"] - points["USA"])


def _double() -> dict[str, float]:
    return {**dict.fromkeys(EIGHT, 1.0), "electricity": 2.0}


@exercise(
    "inputs-of-leadership-2",
    "number",
    hint="A weighted mean for each country, then China minus the United States.",
    praise="Compare it with equal weights: one input counted twice moves a near tie a good deal.",
    tolerance=0.02,
    slips=(
        Slip(
            "equal",
            "That is the difference with equal weights. Electricity has to count twice.",
            lambda: _difference(dict.fromkeys(EIGHT, 1.0)),
        ),
        Slip(
            "sum",
            "You added the weighted scores up. Divide by the sum of the weights.",
            lambda: 9 * _difference(_double()),
        ),
        Slip(
            "divided-by-eight",
            "You divided by the number of inputs. The weights add up to one more than that.",
            lambda: 9 / 8 * _difference(_double()),
        ),
        Slip(
            "minmax",
            "That is the difference on the scale min–max.",
            lambda: _difference(_double(), "minmax"),
        ),
        Slip(
            "ratio",
            "That is the difference on the scale of ratios.",
            lambda: _difference(_double(), "ratio"),
        ),
    ),
)
def _power_twice() -> float:
    return _difference(_double())


def _share(method: str = "leader", swaps: tuple[str, ...] = ()) -> float:
    return composite.share_of_weightings(_gap(_scores(method, swaps)))


@exercise(
    "inputs-of-leadership-3",
    "share",
    hint="Choose the eight rows, scale them, subtract, and hand the differences to the function.",
    praise="The two swaps pull in opposite directions, and neither is the wrong measure.",
    slips=(
        Slip("no-swap", "That is the share without any swap.", _share),
        Slip(
            "talent-only",
            "You swapped talent only; computing needs its swap too.",
            lambda: _share(swaps=("talent",)),
        ),
        Slip(
            "computing-only",
            "You swapped computing only; talent needs its swap too.",
            lambda: _share(swaps=("computing",)),
        ),
        Slip("ratio", "That is the scale of ratios.", lambda: _share("ratio", BOTH_SWAPS)),
        Slip("minmax", "That is the scale min–max.", lambda: _share("minmax", BOTH_SWAPS)),
    ),
)
def _two_swaps() -> float:
    return _share(swaps=BOTH_SWAPS)


@exercise(
    "inputs-of-leadership-4",
    "choice",
    hint="",
    praise="Where people learned or where they work: two good measures of two different things.",
    options={
        "talent": "Compare all four shares with that of the eight inputs, in either direction.",
        "computing": "It moves the share a good deal. Compare all four, in either direction.",
        "patents": "It moves the share a little. Compare all four with that of the eight inputs.",
        "money": "Both money series are so far apart already that the swap changes little.",
    },
)
def _largest_swap() -> str:
    moved = {key: abs(_share(swaps=(key,)) - _share()) for key in composite.SWAPS}
    return max(moved, key=lambda key: moved[key])


def _differences(method: str = "leader") -> NDArray[Any]:
    differences: NDArray[Any] = composite.weightings(len(EIGHT)) @ _gap(_scores(method)).to_numpy()
    return differences


@exercise(
    "inputs-of-leadership-5",
    "share",
    hint="Multiply the drawn weightings with the differences, then count the small results.",
    praise="A ranking would name a winner in each of these cases.",
    tolerance=0.01,
    slips=(
        Slip(
            "one-side",
            "You counted only cases in which China is ahead by less than five points.",
            lambda: float(((_differences() >= 0) & (_differences() <= CLOSE)).mean()),
        ),
        Slip(
            "no-absolute",
            "You counted all cases in which China is not ahead by more. Take absolute values.",
            lambda: float((_differences() <= CLOSE).mean()),
        ),
        Slip(
            "ratio",
            "That is the scale of ratios.",
            lambda: float((abs(_differences("ratio")) <= CLOSE).mean()),
        ),
    ),
)
def _near_ties() -> float:
    return float((abs(_differences()) <= CLOSE).mean())
