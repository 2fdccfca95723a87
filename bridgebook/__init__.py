"""What the chapters of *Bridge or Barrier?* import: data, charts, checks and verdicts.

Names are loaded on first use, so that ``import bridgebook as bb`` is quick, above all in the
browser.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bridgebook.catalog import load as load
    from bridgebook.catalog import tables as tables
    from bridgebook.exercises import check as check
    from bridgebook.page.charts import COLOUR as COLOUR
    from bridgebook.page.charts import figure as figure
    from bridgebook.page.charts import finish as finish
    from bridgebook.page.charts import show as show
    from bridgebook.page.interactive import Control as Control
    from bridgebook.page.interactive import frames as frames
    from bridgebook.page.numbers import glue as glue
    from bridgebook.verdicts import verdict as verdict
    from bridgebook.wording import day_in_words as day_in_words

_HOME = {
    "load": "catalog",
    "tables": "catalog",
    "COLOUR": "page.charts",
    "figure": "page.charts",
    "finish": "page.charts",
    "show": "page.charts",
    "verdict": "verdicts",
    "check": "exercises",
    "Control": "page.interactive",
    "frames": "page.interactive",
    "day_in_words": "wording",
    "glue": "page.numbers",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    """Import the module that defines ``name`` on first access."""
    if name not in _HOME:
        raise AttributeError(f"bridgebook has no name {name!r}; it offers {', '.join(__all__)}")
    module = import_module(f"bridgebook.{_HOME[name]}")
    value = getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
