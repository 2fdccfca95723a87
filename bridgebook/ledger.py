"""The article's claims: what each says, where it is tested, and what data can say about it.

The ledger ``claims.yml`` in the data folder lists every checkable claim in our own words. The rules
that decide them are in :mod:`bridgebook.claims`, one module for each chapter.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from bridgebook import catalog

LEDGER = "claims.yml"

KINDS = ("fact", "quantity", "comparison", "cause", "forecast", "value")
THEMES = ("strategy", "open-models", "un-diplomacy", "export-controls")
TESTABLE = ("yes", "partly", "no")
PARAGRAPHS = range(1, 7)


class ClaimError(ValueError):
    """The ledger or a rule is wrong; says which claim and what to do."""


class UnknownClaimError(ClaimError, KeyError):
    """No claim of that id; the message lists near ids."""

    def __str__(self) -> str:
        return str(self.args[0])


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
"""A sign for each outcome, always shown with the words."""


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
        One of :data:`KINDS`, :data:`THEMES`, :func:`chapters`.
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


def claim(claim_id: str) -> Claim:
    """Look up one claim.

    Raises
    ------
    UnknownClaimError
        If the ledger has no such id; lists near ids.

    """
    known = ledger()
    if claim_id not in known:
        near = get_close_matches(str(claim_id), known, n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else "see bridgebook.verdicts.claims()"
        raise UnknownClaimError(f"no claim {claim_id!r} in {LEDGER}; {hint}")
    return known[claim_id]


@cache
def chapters() -> tuple[str, ...]:
    """Names of the chapters that decide claims, as ``part/chapter``.

    Each has its rules in a module of the same name: ``open-models/how-good`` in
    ``bridgebook/claims/open_models/how_good.py``.
    """
    return tuple(sorted(modules_by_chapter("claims")))


def modules_by_chapter(package: str) -> dict[str, str]:
    """List the modules of ``bridgebook.claims`` or ``bridgebook.exercises`` without importing them.

    Parameters
    ----------
    package
        ``claims`` or ``exercises``.

    Returns
    -------
    dict of str to str
        Full name of the module by chapter, as ``part/chapter``, in the order of their last names.

    """
    root = Path(__file__).with_name(package)
    modules = [
        (module.name, part.name)
        for part in pkgutil.iter_modules([str(root)])
        if part.ispkg
        for module in pkgutil.iter_modules([str(root / part.name)])
    ]
    return {
        f"{part}/{name}".replace("_", "-"): f"bridgebook.{package}.{part}.{name}"
        for name, part in sorted(modules)
    }


def ledger() -> Mapping[str, Claim]:
    """Claims by id, in the order of the article."""
    # Read on every call, so that the build records the file as a dependency of the page.
    return parse(catalog.read_file(LEDGER))


@lru_cache(maxsize=4)
def parse(text: str) -> dict[str, Claim]:
    """Read the ledger's text and check every entry.

    Raises
    ------
    ClaimError
        If an entry breaks the ledger's rules; names the claim and the field.

    """
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
        parsed = _claim(entry, number)
        if parsed.id in ledger:
            raise ClaimError(f"{LEDGER}: claim {parsed.id!r}, field id: used twice")
        ledger[parsed.id] = parsed
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
    for column, allowed in {**CATEGORIES, "chapter": chapters()}.items():
        if entry[column] not in allowed:
            raise wrong(column, f"is {entry[column]!r}; expected one of {', '.join(allowed)}")
    if type(entry["paragraph"]) is not int or entry["paragraph"] not in PARAGRAPHS:
        raise wrong("paragraph", f"is {entry['paragraph']!r}; expected a number from 1 to 6")
    if (entry["testable"] == "yes") == ("reason" in entry):
        raise wrong("reason", "belongs to claims that are partly or not testable, and to all those")
    return Claim(**entry)


def verdict_anchor(claim_id: str) -> str:
    """Id of a claim's verdict card on the page of its chapter."""
    return f"verdict-{claim_id}"
