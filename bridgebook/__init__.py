"""What the chapters of *Bridge or Barrier?* import: data, charts, checks and verdicts.

The names are loaded on first use, so that ``import bridgebook as bb`` stays quick,
in the browser above all.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bridgebook.catalog import load as load
    from bridgebook.catalog import tables as tables
    from bridgebook.charts import COLOUR as COLOUR
    from bridgebook.charts import figure as figure
    from bridgebook.charts import finish as finish
    from bridgebook.charts import show as show
    from bridgebook.claims import verdict as verdict
    from bridgebook.exercises import check as check
    from bridgebook.interactive import Control as Control
    from bridgebook.interactive import frames as frames
    from bridgebook.numbers import day_in_words as day_in_words
    from bridgebook.numbers import glue as glue

_HOME = {
    "load": "catalog",
    "tables": "catalog",
    "COLOUR": "charts",
    "figure": "charts",
    "finish": "charts",
    "show": "charts",
    "verdict": "claims",
    "check": "exercises",
    "Control": "interactive",
    "frames": "interactive",
    "day_in_words": "numbers",
    "glue": "numbers",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    """Import the module that defines ``name`` the first time it is asked for."""
    if name not in _HOME:
        raise AttributeError(f"bridgebook has no name {name!r}; it offers {', '.join(__all__)}")
    module = import_module(f"bridgebook.{_HOME[name]}")
    value = getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
