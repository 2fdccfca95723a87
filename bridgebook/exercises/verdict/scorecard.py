"""Exercises of the chapter ``verdict/scorecard``."""

from __future__ import annotations

from functools import lru_cache

import pandas as pd

from bridgebook.exercises import Slip, exercise
from bridgebook.ledger import Outcome
from bridgebook.methods import scoring
from bridgebook.verdicts import decide_all


@lru_cache(maxsize=1)
def _card() -> pd.DataFrame:
    """All verdicts; it takes two seconds, and every slip below asks for them."""
    return decide_all()


def _share(kind: str, *outcomes: Outcome) -> float:
    card = _card()
    rows = card[(card["kind"] == kind) & (card["outcome"] != Outcome.CANNOT_TELL)]
    return float(rows["outcome"].isin([str(outcome) for outcome in outcomes]).mean())


@exercise(
    "scorecard-1",
    "share",
    hint="Keep the comparisons that could be tested; which share of them says supported?",
    praise="Less than half: a better yardstick for the other side changes many comparisons.",
    slips=(
        Slip(
            "in-part",
            "You counted what is supported in part too.",
            lambda: _share("comparison", Outcome.SUPPORTED, Outcome.PARTLY),
        ),
        Slip(
            "facts",
            "That is the share for facts.",
            lambda: _share("fact", Outcome.SUPPORTED),
        ),
        Slip(
            "of-all",
            "You divided by all claims of the article.",
            lambda: (
                _share("comparison", Outcome.SUPPORTED)
                * float((_card()["kind"] == "comparison").mean())
            ),
        ),
    ),
)
def _comparisons() -> float:
    return _share("comparison", Outcome.SUPPORTED)


def _grade(partly: float = 0.25, by: str | None = "paragraph") -> float:
    return scoring.grade(_card(), partly, by)


@exercise(
    "scorecard-2",
    "number",
    hint="scoring.grade() has a parameter for each of the two choices.",
    praise="A severe grade; with a half for partly the same article does a good deal better.",
    slips=(
        Slip("half", "That is with a half for partly.", lambda: _grade(0.5)),
        Slip("each-claim", "That counts every claim the same.", lambda: _grade(by=None)),
        Slip("each-kind", "That counts every kind the same.", lambda: _grade(by="kind")),
        Slip("hundred", "Give a number between 0 and 1.", lambda: 100 * _grade()),
    ),
)
def _severe() -> float:
    return _grade()


@exercise(
    "scorecard-3",
    "choice",
    hint="",
    praise="It names what holds and what is open, and claims no more.",
    options={
        "disproved": "How many claims are contradicted?",
        "mostly_right": "Partly supported is the largest group. Is that mostly right?",
        "facts_hold": "Look at the rows of facts and causes.",
        "china_failed": "The verdict on the plan is not supported. Is that the same as no effect?",
    },
)
def _headline() -> str:
    facts, causes = _share("fact", Outcome.SUPPORTED), _share("cause", Outcome.SUPPORTED)
    failed = _share("fact", Outcome.NOT_SUPPORTED, Outcome.CONTRADICTED)
    return "facts_hold" if failed == 0 and facts > causes else "disproved"


def _gap(partly: float = 0.5, with_causes: bool = False) -> float:
    card = _card()
    rows = card if with_causes else card[card["kind"] != "cause"]
    values, fact = scoring.score_outcomes(rows["outcome"], partly), rows["kind"] == "fact"
    return float(values[fact].mean() - values[~fact].mean())


@exercise(
    "scorecard-4",
    "number",
    hint="Drop the causes, score with scoring.score_outcomes, take two means.",
    praise="Still a gap, and one that chance produces much more easily.",
    tolerance=0.02,
    slips=(
        Slip("with-causes", "The causes are still in it.", lambda: _gap(with_causes=True)),
        Slip("nothing", "You gave nothing for partly supported.", lambda: _gap(0)),
        Slip("turned", "The sign is turned.", lambda: -_gap()),
    ),
)
def _facts_and_the_rest() -> float:
    return _gap()
