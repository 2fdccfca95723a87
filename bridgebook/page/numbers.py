"""Numbers in sentences: computed in a cell, written with ``{glue:text}`` in the prose."""

from __future__ import annotations

from typing import Any


def glue(**values: Any) -> None:
    """Give names to values so that sentences can quote them.

    In prose ``{glue:text}`` followed by the name in backquotes inserts the value. Integers get
    thousands separators, floats three significant digits unless you pass text formatted yourself.

    Parameters
    ----------
    values
        ``name=value``; a value is text, an integer, a float or a bool.

    Raises
    ------
    ValueError
        If a value is missing: a sentence must never contain "nan".
    """
    from IPython.display import display

    for name, value in values.items():
        text = _as_text(name, value)
        # The same bundle as MyST-NB's own glue(), without requiring MyST-NB.
        display(
            {"application/papermill.record/text/plain": repr(text)},
            raw=True,
            metadata={"scrapbook": {"name": name, "mime_prefix": "application/papermill.record/"}},
        )


def _as_text(name: str, value: Any) -> str:
    """Format one value for a sentence."""
    import pandas as pd

    if isinstance(value, str):
        return value
    if pd.isna(value):
        raise ValueError(f"glue(): the value named {name!r} is missing; check the table it is from")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if float(value).is_integer():
        return f"{int(value):,}"
    return f"{float(value):,.3g}"
