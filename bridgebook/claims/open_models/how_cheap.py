"""Verdict of the chapter ``open-models/how-cheap``."""

from __future__ import annotations

from typing import Any

import pandas as pd

from bridgebook.ledger import Outcome
from bridgebook.methods import pricing
from bridgebook.verdicts import MAJORITY, Finding, rule
from bridgebook.wording import listed

MODEL = "kimi-k2-0711-preview"
NAME = "Kimi K2"

RIVALS = {
    "Claude Sonnet 4": "claude-sonnet-4-20250514",
    "Claude Opus 4": "claude-opus-4-20250514",
    "GPT-4.1": "gpt-4.1",
    "Gemini 2.5 Flash": "gemini-2.5-flash-preview-05-20",
    "DeepSeek-V3": "deepseek-chat",
}
"""The models of other firms with which the developer's own table compares Kimi K2
(kimi_k2_readme) and for which developers list prices, with their keys in ``prices``. The key of
DeepSeek-V3 names no version; the table means that of March 2025."""

DAY = pd.Timestamp("2025-08-08")
"""Day on which a catalogue first recorded the price of Kimi K2."""

MUCH_LESS = MAJORITY
"""*Much less* is at most half: a discount that ordinary software sales do not give."""

TESTS = {"aider": "225 coding exercises", "issues": "500 software issues"}


@rule("kimi-k2-costs-less")
def _costs_less(
    *, prices: pd.DataFrame, benchmarks: pd.DataFrame, benchmarks_reports: pd.DataFrame
) -> Finding:
    """Compare list prices on the first day, and the cost of a solved task in two tests."""
    blends = pricing.blend(pricing.in_force(prices, DAY))
    tasks = pricing.finished_tasks(benchmarks, benchmarks_reports)["per_solved"].dropna()
    on_list = {
        rival: float(blends[MODEL] / blends[key])
        for rival, key in RIVALS.items()
        if {MODEL, key} <= set(blends.index)
    }
    per_task = {
        words: {
            rival: float(tasks[NAME, test] / tasks[rival, test])
            for rival in RIVALS
            if {(NAME, test), (rival, test)} <= set(tasks.index)
        }
        for test, words in TESTS.items()
    }
    numbers: dict[str, Any] = {
        "list_price_as_a_share_of": on_list,
        **{f"cost_per_solved_of_{words}_as_a_share_of": per_task[words] for words in per_task},
    }
    ratios = [on_list, *per_task.values()]
    return Finding(_outcome(on_list, ratios), _reason(on_list, per_task), numbers)


def _outcome(on_list: dict[str, float], ratios: list[dict[str, float]]) -> Outcome:
    if not all(ratios):
        return Outcome.CANNOT_TELL
    every = [ratio for part in ratios for ratio in part.values()]
    if max(every) <= MUCH_LESS:
        return Outcome.SUPPORTED
    if min(every) >= 1:
        return Outcome.CONTRADICTED
    much_less = [ratio <= MUCH_LESS for ratio in on_list.values()]
    return Outcome.PARTLY if sum(much_less) > MAJORITY * len(much_less) else Outcome.NOT_SUPPORTED


def _reason(on_list: dict[str, float], per_task: dict[str, dict[str, float]]) -> str:
    if not on_list or not all(per_task.values()):
        return f"A list price or a test with costs is missing for {NAME} or all of its rivals."
    costlier = {rival: ratio for rival, ratio in on_list.items() if ratio <= 1}
    cheaper = {rival: ratio for rival, ratio in on_list.items() if ratio > 1}
    parts = []
    if costlier:
        parts.append(
            f"On the list of August 2025 {NAME} cost {min(costlier.values()):.0%} to "
            f"{max(costlier.values()):.0%} of what {listed(list(costlier))} cost."
        )
    if cheaper:
        parts.append(
            f"On the list it cost {min(cheaper.values()):.1f} to {max(cheaper.values()):.1f} times "
            f"as much as {listed(list(cheaper))}."
        )
    for test, ratios in per_task.items():
        beaten_by = [rival for rival, ratio in ratios.items() if ratio > 1]
        parts.append(
            f"For each solved task among {test} it cost {min(ratios.values()):.2g} to "
            f"{max(ratios.values()):.2g} times as much"
            + (f", more than {listed(beaten_by)}." if beaten_by else ".")
        )
    return " ".join(parts)
