"""Exercises of the chapter ``open-models/how-good``."""

from __future__ import annotations

import numpy as np
import pandas as pd

from bridgebook.catalog import DataError, load
from bridgebook.claims.open_models import how_good
from bridgebook.exercises import Slip, exercise
from bridgebook.methods import intervals, ratings

FIRST_BOARD = pd.Timestamp("2024-10-31")
LAST_AS_CAST = pd.Timestamp("2025-12-11")
NEWEST = pd.Timestamp("2026-10-05")


def _row(day: pd.Timestamp, key: str) -> tuple[float, float, float]:
    """Rating and interval of one model on the board of votes as cast of a day."""
    arena = load("arena")
    rows = arena[(arena["date"] == day) & ~arena["style_control"] & (arena["model_key"] == key)]
    if len(rows) != 1:
        raise DataError(f"arena: expected one row for {key!r} on {day:%Y-%m-%d}, found {len(rows)}")
    one = rows.iloc[0]
    return float(one["score"]), float(one["ci_low"]), float(one["ci_high"])


def _behind() -> float:
    """Rating of GLM-4-Plus minus that of the model behind ChatGPT, autumn 2024."""
    chat = _row(FIRST_BOARD, "chatgpt-4o-latest-2024-09-03")[0]
    return _row(FIRST_BOARD, "glm-4-plus")[0] - chat


@exercise(
    "how-good-1",
    "share",
    hint="Subtract the other's rating from the own one and put the difference into the formula.",
    praise="A clear gap on the board, and yet the weaker model wins many votes.",
    slips=(
        Slip(
            "the-other",
            "That is the share of the model behind ChatGPT. The question asks for the other side.",
            lambda: ratings.win_probability(-_behind()),
        ),
        Slip(
            "natural-base",
            "You used the base e. The convention of ratings is ten to the power.",
            lambda: 1 / (1 + np.exp(-_behind() / ratings.SCALE)),
        ),
        Slip(
            "no-scale",
            "You left out the division by the scale of the ratings.",
            lambda: 1 / (1 + 10.0 ** -_behind()),
        ),
        Slip(
            "odds",
            "Those are the odds. Turn odds into a share: odds divided by one plus odds.",
            lambda: 10 ** (_behind() / ratings.SCALE),
        ),
        Slip(
            "ratio",
            "You divided ratings. A rating has no zero, so only differences mean something.",
            lambda: _row(FIRST_BOARD, "glm-4-plus")[0] / (2 * _row(FIRST_BOARD, "glm-4-plus")[0]),
        ),
    ),
)
def _share_of_glm() -> float:
    return float(ratings.win_probability(_behind()))


PAIR = ("glm-4-plus", "gpt-4o-2024-08-06")


def _pair() -> tuple[float, ...]:
    return (*_row(LAST_AS_CAST, PAIR[0]), *_row(LAST_AS_CAST, PAIR[1]))


def _ends() -> tuple[float, float]:
    low, high = intervals.difference_interval(*_pair())
    return float(low), float(high)


@exercise(
    "how-good-2",
    "number",
    hint="Add the two halves that pull the difference down as squares, and take the root.",
    praise="Above zero, though the two intervals overlap: read the interval of the difference.",
    tolerance=0.03,
    slips=(
        Slip(
            "upper",
            "That is the upper end.",
            lambda: _ends()[1],
        ),
        Slip(
            "difference",
            "That is the difference itself; the question asks for the lower end of its interval.",
            lambda: _pair()[0] - _pair()[3],
        ),
        Slip(
            "lengths",
            "You added the halves as lengths. Errors add as squares.",
            lambda: _pair()[1] - _pair()[5],
        ),
        Slip(
            "own-only",
            "You took off the uncertainty of one model only; the rival's rating is uncertain too.",
            lambda: _pair()[1] - _pair()[3],
        ),
        Slip(
            "turned",
            "You subtracted the other way round.",
            lambda: -_ends()[1],
        ),
    ),
)
def _lower_end() -> float:
    return _ends()[0]


@exercise(
    "how-good-3",
    "choice",
    hint="",
    praise="Same versions, same day: only the ruler differs.",
    options={
        "version": "Compare the keys in the rows of both boards: is a model another one?",
        "date": "Both boards are of one day; read the question again.",
        "style": "Look at the column that tells the two boards apart, then at the intervals.",
        "noise": "Do the intervals of the two models overlap on either board?",
    },
)
def _what_differs() -> str:
    board_rows = ratings.rated(load("arena"), load("arena_models"))
    rows = board_rows[
        (board_rows["date"] == LAST_AS_CAST)
        & board_rows["version_key"].isin(["glm-4.5", "gpt-5-chat"])
    ]
    ends = rows.set_index(["version_key", "style_control"])[["ci_low", "ci_high"]]
    glm, chat = ends.loc["glm-4.5"], ends.loc["gpt-5-chat"]
    ahead, behind = glm["ci_low"] > chat["ci_high"], glm["ci_high"] < chat["ci_low"]
    return "style" if ahead.any() and behind.any() else "noise"


def _unclear(arenas: tuple[str, ...] = ("text",), clear: bool = False) -> set[str]:
    """Categories of the newest boards whose gap may be zero, or, if asked, those where not."""
    rows = pd.concat([load("arena"), load("arena_categories")])
    rows = rows[rows["date"] == NEWEST].drop(columns=["rating_method"])
    board_rows = ratings.rated(
        rows.assign(
            arena=rows["arena"].astype("string").fillna("text"),
            category=rows["category"].astype("string").fillna("overall"),
        ),
        load("arena_models"),
    )
    gaps = ratings.gaps(board_rows)
    gaps = gaps[gaps["arena"].isin(arenas)]
    return set(gaps.loc[(gaps["low"] > 0) == clear, "category"].astype(str))


def _all_categories() -> set[str]:
    return _unclear() | _unclear(clear=True)


@exercise(
    "how-good-4",
    "names",
    hint="The gap may be zero where the lower end of its interval is not above zero.",
    praise="There the votes do not say who is ahead, which is not the same as being level.",
    universe=_all_categories,
    slips=(
        Slip(
            "clear",
            "In those the lead is clear. The question asks for the other categories.",
            lambda: _unclear(clear=True),
        ),
        Slip(
            "other-boards",
            "You included boards other than text.",
            lambda: _unclear(("text", "vision", "search", "webdev")),
        ),
        Slip("everything", "Those are all categories of the board.", _all_categories),
    ),
)
def _unclear_categories() -> set[str]:
    return _unclear()


SIGNIFICANT = 1.96
"""Standard errors beyond which a two-sided test at five percent calls a lead significant."""


def _tests() -> int:
    own = how_good.developer_wins(load("benchmarks_reports"))
    rows = own[(own["model"] == "Kimi K2") & own["rival"].str.startswith("DeepSeek-V3")]
    return int(rows["tests"].iloc[0])


@exercise(
    "how-good-5",
    "share",
    hint="First the chance that no test shows such a lead; then one minus that.",
    praise="With that many tests, luck nearly always yields one to boast of, unless you adjust.",
    slips=(
        Slip(
            "any-lead",
            "That is the chance of any lead, however small.",
            lambda: ratings.chance_of_a_lead(_tests()),
        ),
        Slip(
            "both-sides",
            "You counted significant losses too: the question asks for leads, one side only.",
            lambda: 1 - 0.95 ** _tests(),
        ),
        Slip(
            "sum",
            "Chances of several tests do not simply add up: two tests may both show a lead.",
            lambda: 0.025 * _tests(),
        ),
        Slip(
            "none",
            "That is the chance that no test shows such a lead.",
            lambda: 1 - ratings.chance_of_a_lead(_tests(), lead=SIGNIFICANT),
        ),
        Slip(
            "one-test",
            "That is the chance in a single test.",
            lambda: ratings.chance_of_a_lead(1, lead=SIGNIFICANT),
        ),
    ),
)
def _luck() -> float:
    return float(ratings.chance_of_a_lead(_tests(), lead=SIGNIFICANT))
