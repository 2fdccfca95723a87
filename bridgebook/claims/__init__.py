"""The article's claims, and the rules that turn data into verdicts.

The ledger ``claims.yml`` in the data folder lists every checkable claim in our own words. A rule
is a function of tables that decides one claim: change the tables and the verdict may flip. What a
rule treats as *many*, *few* or *Western* stands above it as a named constant with its reason, so
that a reader who disagrees can see what to change.
"""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from difflib import get_close_matches
from enum import StrEnum
from functools import lru_cache
from html import escape
from importlib import import_module
from typing import Any

import pandas as pd

from bridgebook import catalog

LEDGER = "claims.yml"

KINDS = ("fact", "quantity", "comparison", "cause", "forecast", "value")
THEMES = ("strategy", "open-models", "un-diplomacy", "export-controls")
TESTABLE = ("yes", "partly", "no")
CHAPTERS = (
    "strategy/plans-and-targets",
    "strategy/money-and-the-state",
    "strategy/inputs-of-leadership",
    "strategy/rules-at-home",
    "open-models/who-releases-what",
    "open-models/how-good",
    "open-models/how-cheap",
    "open-models/how-much-compute",
    "un-diplomacy/two-resolutions",
    "un-diplomacy/who-votes-with-whom",
    "un-diplomacy/reading-the-texts",
    "un-diplomacy/the-ai-divide",
    "export-controls/the-rule-as-code",
    "export-controls/lists-and-countermoves",
    "export-controls/did-they-bite",
    "verdict/scorecard",
)
"""Chapters that decide claims, planned ones included."""

PARAGRAPHS = range(1, 7)


class ClaimError(ValueError):
    """The ledger or a rule is wrong; says which claim and what to do."""


class UnknownClaimError(ClaimError, KeyError):
    """No claim of that id; the message lists near ids."""

    def __str__(self) -> str:
        return str(self.args[0])


class UndecidedClaimError(ClaimError):
    """The claim stands in the ledger, but its chapter has not brought a rule yet."""


class Outcome(StrEnum):
    """What data can say about a claim."""

    SUPPORTED = "supported"
    PARTLY = "partly supported"
    NOT_SUPPORTED = "not supported"
    CONTRADICTED = "contradicted"
    CANNOT_TELL = "cannot be tested with public data"


MARK = {
    Outcome.SUPPORTED: "●",
    Outcome.PARTLY: "◐",
    Outcome.NOT_SUPPORTED: "○",
    Outcome.CONTRADICTED: "✕",
    Outcome.CANNOT_TELL: "?",
}
"""A sign for each outcome, always beside the words."""


# --- the ledger ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Claim:
    """One checkable claim of the article.

    Parameters
    ----------
    id
        Stable name in kebab case.
    claim
        What the article claims, in our words.
    paragraph
        Paragraph of the article, 1 to 6.
    kind, theme, chapter
        One of :data:`KINDS`, :data:`THEMES`, :data:`CHAPTERS`.
    tests
        The evidence that would decide it.
    testable
        ``yes``, ``partly`` or ``no`` with public data.
    reason
        Why not fully testable; empty for ``yes``.

    """

    id: str
    claim: str
    paragraph: int
    kind: str
    theme: str
    chapter: str
    tests: str
    testable: str
    reason: str = ""


CATEGORIES = {"kind": KINDS, "theme": THEMES, "testable": TESTABLE}


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
    table = pd.DataFrame([asdict(entry) for entry in _ledger().values()])
    table["decided"] = table["id"].isin(list(RULES)).astype("boolean")
    table["reason"] = table["reason"].replace("", pd.NA)
    types: dict[str, Any] = dict.fromkeys(("id", "claim", "chapter", "tests", "reason"), "string")
    types |= {name: pd.CategoricalDtype(list(values)) for name, values in CATEGORIES.items()}
    return table.astype(types | {"paragraph": "Int64"})


def claim(claim_id: str) -> Claim:
    """Look up one claim.

    Raises
    ------
    UnknownClaimError
        If the ledger has no such id; lists near ids.

    """
    ledger = _ledger()
    if claim_id not in ledger:
        near = get_close_matches(str(claim_id), ledger, n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else "see bridgebook.claims.claims()"
        raise UnknownClaimError(f"no claim {claim_id!r} in {LEDGER}; {hint}")
    return ledger[claim_id]


def _ledger() -> Mapping[str, Claim]:
    # Read each time, so that the build learns that the page depends on the file.
    return _parse(catalog.read_file(LEDGER))


@lru_cache(maxsize=4)
def _parse(text: str) -> dict[str, Claim]:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        data = YAML(typ="safe", pure=True).load(text)
    except YAMLError as error:
        raise ClaimError(f"{LEDGER}: not readable as YAML: {error}") from None
    if not isinstance(data, dict) or not isinstance(data.get("claims"), list):
        raise ClaimError(f"{LEDGER}: the file holds one list under the word `claims:`")
    ledger: dict[str, Claim] = {}
    for number, entry in enumerate(data["claims"], start=1):
        made = _claim(entry, number)
        if made.id in ledger:
            raise ClaimError(f"{LEDGER}: claim {made.id!r}, field id: used twice")
        ledger[made.id] = made
    return ledger


def _claim(entry: Any, number: int) -> Claim:
    """Check one entry and turn it into a claim."""
    if not isinstance(entry, dict):
        raise ClaimError(f"{LEDGER}: entry number {number} is not a mapping of fields")
    name = repr(entry["id"]) if "id" in entry else f"number {number}"

    def wrong(where: str, what: str) -> ClaimError:
        return ClaimError(f"{LEDGER}: claim {name}, field {where}: {what}")

    known = {item.name for item in fields(Claim)}
    for extra in sorted(set(entry) - known):
        raise wrong(extra, f"no such field; fields are {', '.join(sorted(known))}")
    for needed in sorted(known - set(entry) - {"reason"}):
        raise wrong(needed, "missing")
    for column in sorted(set(entry) - {"paragraph"}):
        if not isinstance(entry[column], str) or not entry[column].strip():
            raise wrong(column, f"is {entry[column]!r}; it has to be text (quote yes and no)")
    for column, allowed in {**CATEGORIES, "chapter": CHAPTERS}.items():
        if entry[column] not in allowed:
            raise wrong(column, f"is {entry[column]!r}; expected one of {', '.join(allowed)}")
    if type(entry["paragraph"]) is not int or entry["paragraph"] not in PARAGRAPHS:
        raise wrong("paragraph", f"is {entry['paragraph']!r}; expected a number from 1 to 6")
    if (entry["testable"] == "yes") == ("reason" in entry):
        raise wrong("reason", "belongs to claims that are partly or not testable, and to all those")
    return Claim(**entry)


def verdict_anchor(claim_id: str) -> str:
    """Id of the card of a claim's verdict on the page of its chapter."""
    return f"verdict-{claim_id}"


# --- verdicts -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Finding:
    """What a rule returns: an outcome, the numbers behind it, and a sentence made of them."""

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
    """Write one number of a verdict for readers; its name tells a year from a count."""
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


RULES: dict[str, Callable[..., Finding]] = {}
"""The rule of each decided claim. Its parameters are names of tables."""


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
        if claim_id in RULES:
            raise ClaimError(f"claim {claim_id!r} has a rule already: {RULES[claim_id].__name__}")
        RULES[claim_id] = function
        return function

    return register


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
        If its chapter has not brought a rule yet.
    ClaimError
        If a table is passed that the rule does not use.

    """
    entry = claim(claim_id)
    if claim_id not in RULES:
        raise UndecidedClaimError(f"claim {claim_id!r} is not decided yet: chapter {entry.chapter}")
    needed = list(inspect.signature(RULES[claim_id]).parameters)
    for name in tables:
        if name not in needed:
            raise ClaimError(
                f"verdict({claim_id!r}): the rule does not use the table {name!r}; "
                f"it uses {', '.join(needed)}"
            )
    given = {name: tables[name] if name in tables else catalog.load(name) for name in needed}
    found = RULES[claim_id](**given)
    return Verdict(claim_id, found.outcome, found.numbers, found.reason, entry.claim)


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
    needed = {name: list(inspect.signature(found).parameters) for name, found in RULES.items()}
    for name in tables:
        if not any(name in uses for uses in needed.values()):
            raise ClaimError(f"decide_all(): no rule uses a table {name!r}")
    table = claims()
    table = table[table["decided"]].drop(columns=["tests", "reason", "decided"])
    found = [
        verdict(claim_id, **{name: tables[name] for name in needed[claim_id] if name in tables})
        for claim_id in table["id"]
    ]
    order = pd.CategoricalDtype([str(outcome) for outcome in Outcome], ordered=True)
    return table.assign(
        outcome=pd.Categorical([str(one.outcome) for one in found], dtype=order),
        reason=pd.array([one.reason for one in found], dtype="string"),
        tables=[needed[claim_id] for claim_id in table["id"]],
    ).reset_index(drop=True)


# --- what several rules mean ----------------------------------------------------------------

ARTICLE_BEFORE = pd.Timestamp("2025-09-01")
"""The article carries no date, but it names GLM-4.5 (July 2025) and nothing later than that summer:
only what was announced before counts."""

HALF = 0.5
"""A majority: more than half."""


def listed(names: list[str]) -> str:
    """Join names as a sentence does: *a, b and c*."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


# The rules stand in one module for each chapter, named like it; importing registers them.
for _module in pkgutil.iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")
