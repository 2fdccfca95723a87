"""Exercises whose truth and slips are computed once per process, for tests of many answers."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from bridgebook.exercises import Exercise, find


@cache
def frozen(name: str) -> Exercise:
    """An exercise that computes each of its answers when first asked, and then remembers it."""
    task = find(name)
    slips = tuple(replace(slip, wrong=cache(slip.wrong)) for slip in task.slips)
    return replace(task, truth=cache(task.truth), slips=slips)
