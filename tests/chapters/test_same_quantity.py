"""One quantity, one number: a number quoted in several chapters must agree across them.

Each entry names a quantity and the places that show it: a chapter with the name of its number,
or with a name and a pattern where the number is part of a sentence.
"""

from __future__ import annotations

import re
from functools import cache

import nbformat
import pytest
from test_numbers import EXECUTED, chapters, glued

ARTICLE, EVIDENCE = "start/the-article", "start/working-with-evidence"
SCORE, DEBATE, FRONT = "verdict/scorecard", "verdict/the-debate", "index"
TWO, VOTES = "un-diplomacy/two-resolutions", "un-diplomacy/who-votes-with-whom"
DIVIDE, RULE = "un-diplomacy/the-ai-divide", "export-controls/the-rule-as-code"
BITE, GOOD = "export-controls/did-they-bite", "open-models/how-good"
CHEAP, COMPUTE = "open-models/how-cheap", "open-models/how-much-compute"
MONEY, INPUTS = "strategy/money-and-the-state", "strategy/inputs-of-leadership"
RULES_HOME = "strategy/rules-at-home"

Place = tuple[str, str] | tuple[str, str, str]

SAME: dict[str, list[Place]] = {
    "claims of the article": [
        (FRONT, "n_claims"),
        (ARTICLE, "n_claims"),
        (ARTICLE, "n_decided"),
        (SCORE, "n_claims"),
        (DEBATE, "n_claims"),
    ],
    "claims supported": [(FRONT, "n_supported"), (SCORE, "n_full"), (DEBATE, "n_full")],
    "claims partly supported": [(FRONT, "n_partly"), (SCORE, "n_half"), (DEBATE, "n_half")],
    "claims not supported": [(FRONT, "n_not"), (SCORE, "n_empty"), (DEBATE, "n_empty")],
    "claims that cannot be tested": [(FRONT, "n_open"), (SCORE, "n_open")],
    "claims about causes": [(FRONT, "n_causes"), (ARTICLE, "n_cause")],
    "day of the evidence": [(FRONT, "as_of"), (EVIDENCE, "chips_as_of")],
    "chips in the table": [(EVIDENCE, "n_rows"), (RULE, "n_chips")],
    "mean lag on Epoch's index": [(GOOD, "lag_mean"), (COMPUTE, "lag_mean")],
    "median lag on Epoch's index": [(GOOD, "lag_median"), (COMPUTE, "lag_median")],
    "mean lag by day": [(GOOD, "day_mean"), (COMPUTE, "day_mean")],
    "American lead in October 2026": [(GOOD, "gap_all"), (CHEAP, "k3_behind")],
    "Chinese venture money of 2017 in percent of American": [
        (MONEY, "oecd_2017"),
        (INPUTS, "money_first"),
    ],
    "newest of that series": [(MONEY, "oecd_last"), (INPUTS, "money_last")],
    "series in which China rises": [
        (INPUTS, "n_rising"),
        (DEBATE, "why_b", r"rose in (\d+) of \d+"),
    ],
    "use of generative AI by survey": [(RULES_HOME, "said"), (DIVIDE, "china_survey")],
    "use of generative AI by telemetry": [(RULES_HOME, "seen"), (DIVIDE, "china_telemetry")],
    "members of the United Nations": [(TWO, "members"), (DIVIDE, "n_members")],
    "sponsors of the Chinese resolution": [(TWO, "cn_stated"), (DIVIDE, "cn_final")],
    "sponsors of the American resolution": [(TWO, "us_stated"), (DIVIDE, "us_final")],
    "first circle of the American resolution": [(TWO, "us_circle"), (DIVIDE, "us_circle")],
    "first circle of the Chinese resolution": [(TWO, "cn_circle"), (DIVIDE, "cn_circle")],
    "votes for the scientific panel": [(TWO, "panel_yes"), (VOTES, "panel_yes")],
    "votes against the scientific panel": [(TWO, "panel_no"), (VOTES, "panel_no")],
    "roll calls of 2025": [(TWO, "n_2025"), (VOTES, "calls_2025")],
    "change of agreement on the same titles": [
        (VOTES, "mean_2022"),
        (DEBATE, "why_i", r"changed by ([−+]?[\d.]+) points"),
    ],
    "states that moved towards China": [
        (VOTES, "n_towards"),
        (DEBATE, "why_i", r"(\d+) of \d+ states came"),
    ],
    "Chinese sponsors known by name": [
        (TWO, "cn_named"),
        (DEBATE, "why_d", r"(\d+) of them are known"),
    ],
    "known Chinese share of clusters, low end": [
        (BITE, "cn_low"),
        (DEBATE, "why_h", r"(\d+) to \d+ ?(?:%|percent)"),
    ],
}


@cache
def _quoted(chapter: str) -> dict[str, str]:
    return glued(nbformat.read(EXECUTED / f"{chapter}.ipynb", 4))


def _shown(place: Place) -> str:
    chapter, name, *pattern = place
    quoted = _quoted(chapter)
    assert name in quoted, f"{chapter} quotes no {name}; it has {sorted(quoted)}"
    if not pattern:
        return quoted[name]
    found = re.search(pattern[0], quoted[name])
    assert found, f"{chapter}: {name} has nothing like {pattern[0]!r}: {quoted[name]!r}"
    return found[1]


@pytest.mark.parametrize("quantity", SAME)
def test_a_quantity_is_the_same_in_every_chapter(quantity: str) -> None:
    shown = {f"{place[0]}: {place[1]}": _shown(place) for place in SAME[quantity]}
    assert len(shown) > 1
    assert len(set(shown.values())) == 1, f"{quantity}: {shown}"


def test_names_of_chapters_are_real() -> None:
    assert {place[0] for places in SAME.values() for place in places} <= set(chapters())
