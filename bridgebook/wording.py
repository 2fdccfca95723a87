"""How sentences of this book write things: dates, lists of names."""

from __future__ import annotations

from typing import Any


def day_in_words(day: Any) -> str:
    """Write a date the way sentences of this book do: *7 October 2022*."""
    return f"{day.day} {day:%B %Y}"


def listed(names: list[str]) -> str:
    """Join names as a sentence does: *a, b and c*."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
