"""Format dates and lists of names for sentences."""

from __future__ import annotations

from typing import Any


def day_in_words(day: Any) -> str:
    """Format a date for a sentence: *7 October 2022*."""
    return f"{day.day} {day:%B %Y}"


def listed(names: list[str]) -> str:
    """Join names for a sentence: *a, b and c*."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
