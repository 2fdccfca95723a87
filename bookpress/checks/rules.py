"""Where the rules that span columns, rows or tables register themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from bridgebook.catalog import Problem

Rule = Callable[..., Iterator[Problem]]
Resources = dict[str, dict[str, Any]]


class Registered(NamedTuple):
    """A rule and what it wants."""

    tables: tuple[str, ...]
    function: Rule
    wants_resources: bool


RULES: list[Registered] = []
"""All rules, in the order in which their modules were imported."""


def rule(*tables: str, resources: bool = False) -> Callable[[Rule], Rule]:
    """Register a rule about tables.

    Parameters
    ----------
    tables
        Names; the rule gets one :class:`~bridgebook.catalog.Table` for each, in this order, and
        runs only if all of them could be read.
    resources
        Whether the rule also wants the descriptors, by table name, as keyword ``resources``.

    """

    def register(function: Rule) -> Rule:
        RULES.append(Registered(tables, function, resources))
        return function

    return register
