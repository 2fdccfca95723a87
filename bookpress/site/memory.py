"""What a build leaves for the next one, in the environment that Sphinx keeps between builds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.environment import BuildEnvironment

STORE = "bookpress"


def remember(env: BuildEnvironment, what: str, value: Any) -> Any:
    """Keep a value and return the one that was kept before, None in a fresh environment."""
    store: dict[str, Any] = vars(env).setdefault(STORE, {})
    before = store.get(what)
    store[what] = value
    return before


def recall(env: BuildEnvironment, what: str) -> Any:
    """The value that was kept last, None if there is none."""
    return vars(env).get(STORE, {}).get(what)
