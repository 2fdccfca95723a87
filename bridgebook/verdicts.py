"""The rules that turn data into verdicts on the article's claims.

A rule is a function of tables that decides one claim of the ledger (:mod:`bridgebook.ledger`):
change the tables and the verdict may flip. What a rule treats as *many*, *few* or *Western* is a
named constant above it with its reason, so that a reader who disagrees can see what to change.

The rules of a chapter are in the module of its name, which is imported when one of them is needed.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from html import escape
from importlib import import_module
from typing import Any

import pandas as pd

from bridgebook import catalog
from bridgebook.ledger import (
    CATEGORIES,
    MARK,
    Claim,
    ClaimError,
    Outcome,
    claim,
    ledger,
    modules_by_chapter,
    verdict_anchor,
)


class UndecidedClaimError(ClaimError):
    """The claim is in the ledger, but its chapter has no rule for it yet."""


# --- verdicts -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Finding:
    """What a rule returns: an outcome, the numbers behind it, and a sentence computed from them."""

    outcome: Outcome
    reason: str
    numbers: Mapping[str, Any]


@dataclass(frozen=True)
class Verdict:
    """What the data say about one claim.

    Parameters
    ----------
    claim
        Id of the claim.
    outcome
        One of the five values of :class:`Outcome`.
    numbers
        The numbers that decided, by name.
    reason
        A sentence computed from the numbers.
    text
        The claim in our words.

    """

    claim: str
    outcome: Outcome
    numbers: Mapping[str, Any]
    reason: str
    text: str = field(default="", repr=False)

    def __str__(self) -> str:
        return f"{self.text}\n{MARK[self.outcome]} {self.outcome.capitalize()}. {self.reason}"

    def _repr_html_(self) -> str:
        """Show the verdict as a card; the outcome is words and a sign, not a colour."""
        slug = self.outcome.replace(" ", "-")
        numbers = "".join(
            f"<dt>{escape(name.replace('_', ' '))}</dt><dd>{escape(_shown(name, value))}</dd>"
            for name, value in self.numbers.items()
        )
        return (
            f'<div class="verdict-card verdict-{slug}" id="{verdict_anchor(self.claim)}" '
            f'role="group" aria-label="Verdict on the claim {escape(self.claim)}">'
            f'<p class="verdict-claim"><span>The claim:</span> {escape(self.text)}</p>'
            f'<p class="verdict-outcome"><strong><span aria-hidden="true">{MARK[self.outcome]}'
            f"</span> {escape(self.outcome.capitalize())}</strong></p>"
            f'<p class="verdict-reason">{escape(self.reason)}</p>'
            f"<details><summary>Numbers behind the verdict</summary><dl>{numbers}</dl></details>"
            "</div>"
        )

    def _repr_markdown_(self) -> str:
        """Show the verdict as text, for PDF and plain notebooks."""
        mark = f"**{MARK[self.outcome]} {self.outcome.capitalize()}.**"
        return f"> The claim: {self.text}\n>\n> {mark} {self.reason}"


def _shown(name: str, value: Any) -> str:
    """Format one number of a verdict for readers; its name distinguishes a year from a count."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    if isinstance(value, int):
        return str(value) if "year" in name.split("_") else f"{value:,}"
    if isinstance(value, (list, tuple)):
        return ", ".join(_shown(name, one) for one in value) or "none"
    if isinstance(value, Mapping):
        return "; ".join(f"{part}: {_shown(name, one)}" for part, one in value.items())
    return str(value)


_RULES: dict[str, Callable[..., Finding]] = {}


def rules() -> Mapping[str, Callable[..., Finding]]:
    """The rule of each decided claim, by the claim's id. Its parameters are names of tables."""
    for module in modules_by_chapter("claims").values():
        import_module(module)
    return _RULES


def _rule_of(entry: Claim) -> Callable[..., Finding]:
    """The rule of one claim; imports the module of its chapter only."""
    import_module(modules_by_chapter("claims")[entry.chapter])
    if entry.id not in _RULES:
        raise UndecidedClaimError(f"claim {entry.id!r} is not decided yet: chapter {entry.chapter}")
    return _RULES[entry.id]


def rule(claim_id: str) -> Callable[[Callable[..., Finding]], Callable[..., Finding]]:
    """Register a function as the rule of a claim.

    The function takes tables by keyword, each named like the table it needs, and returns a
    :class:`Finding`::

        @rule("controls-are-western")
        def decide(*, control_rules, control_timeline): ...

    Raises
    ------
    ClaimError
        If the claim has a rule already.

    """

    def register(function: Callable[..., Finding]) -> Callable[..., Finding]:
        if claim_id in _RULES:
            raise ClaimError(f"claim {claim_id!r} has a rule already: {_RULES[claim_id].__name__}")
        _RULES[claim_id] = function
        return function

    return register


def claims() -> pd.DataFrame:
    """Load the ledger: one row for each claim, in the order of the article.

    Returns
    -------
    pandas.DataFrame
        Columns ``id``, ``claim``, ``chapter``, ``tests``, ``reason`` (string; ``reason`` is
        missing where the claim is testable), ``paragraph`` (Int64), ``kind``, ``theme``,
        ``testable`` (category) and ``decided`` (boolean: a rule exists).

    Raises
    ------
    ClaimError
        If an entry breaks the ledger's rules; names the claim and the field.

    """
    table = pd.DataFrame([asdict(entry) for entry in ledger().values()])
    table["decided"] = table["id"].isin(list(rules())).astype("boolean")
    table["reason"] = table["reason"].replace("", pd.NA)
    types: dict[str, Any] = dict.fromkeys(("id", "claim", "chapter", "tests", "reason"), "string")
    types |= {name: pd.CategoricalDtype(list(values)) for name, values in CATEGORIES.items()}
    return table.astype(types | {"paragraph": "Int64"})


def verdict(claim_id: str, **tables: pd.DataFrame) -> Verdict:
    """Decide a claim on the data.

    Parameters
    ----------
    claim_id
        Id in the ledger.
    **tables
        Tables to use instead of the book's own, by name: a verdict on changed data.

    Raises
    ------
    UnknownClaimError
        If the ledger has no such claim.
    UndecidedClaimError
        If its chapter has no rule for it yet.
    ClaimError
        If a table is passed that the rule does not use.

    """
    entry = claim(claim_id)
    decide = _rule_of(entry)
    needed = list(inspect.signature(decide).parameters)
    for name in tables:
        if name not in needed:
            raise ClaimError(
                f"verdict({claim_id!r}): the rule does not use the table {name!r}; "
                f"it uses {', '.join(needed)}"
            )
    given = {name: tables[name] if name in tables else catalog.load(name) for name in needed}
    finding = decide(**given)
    return Verdict(claim_id, finding.outcome, finding.numbers, finding.reason, entry.claim)


def decide_all(**tables: pd.DataFrame) -> pd.DataFrame:
    """Decide all claims that have a rule.

    Parameters
    ----------
    **tables
        Tables to use instead of the book's own, by name; each goes to the rules that use it.

    Returns
    -------
    pandas.DataFrame
        One row for each decided claim, in the order of the article: the ledger's ``id``,
        ``claim``, ``paragraph``, ``kind``, ``theme``, ``chapter`` and ``testable``, then
        ``outcome`` (ordered category of :class:`Outcome`), ``reason`` and ``tables``, the names
        of the tables that decided.

    Raises
    ------
    ClaimError
        If no rule uses a table that is passed.

    """
    needed = {name: list(inspect.signature(decide).parameters) for name, decide in rules().items()}
    for name in tables:
        if not any(name in uses for uses in needed.values()):
            raise ClaimError(f"decide_all(): no rule uses a table {name!r}")
    table = claims()
    table = table[table["decided"]].drop(columns=["tests", "reason", "decided"])
    decided = [
        verdict(claim_id, **{name: tables[name] for name in needed[claim_id] if name in tables})
        for claim_id in table["id"]
    ]
    order = pd.CategoricalDtype([str(outcome) for outcome in Outcome], ordered=True)
    return table.assign(
        outcome=pd.Categorical([str(one.outcome) for one in decided], dtype=order),
        reason=pd.array([one.reason for one in decided], dtype="string"),
        tables=[needed[claim_id] for claim_id in table["id"]],
    ).reset_index(drop=True)


# --- constants that several rules share -----------------------------------------------------

ARTICLE_BEFORE = pd.Timestamp("2025-09-01")
"""The article carries no date, but it names GLM-4.5 (July 2025) and nothing later than that summer:
only what was announced before counts."""

MAJORITY = 0.5
"""More than this share counts as a majority."""
