"""Values kept from one build to the next, in Sphinx's build environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.environment import BuildEnvironment

STORE = "bookpress"


def remember(env: BuildEnvironment, what: str, value: Any) -> Any:
    """Store a value and return the previous one, None in a fresh environment."""
    store: dict[str, Any] = vars(env).setdefault(STORE, {})
    before = store.get(what)
    store[what] = value
    return before


def recall(env: BuildEnvironment, what: str) -> Any:
    """Return the stored value, None if there is none."""
    return vars(env).get(STORE, {}).get(what)
