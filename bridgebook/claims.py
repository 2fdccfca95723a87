"""The article's claims, and the rules that turn data into verdicts.

The ledger ``claims.yml`` in the data folder lists every checkable claim in our own words. A rule
is a function of tables that decides one claim: change the tables and the verdict may flip. What a
rule treats as *many*, *few* or *Western* stands above it as a named constant with its reason, so
that a reader who disagrees can see what to change.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from difflib import get_close_matches
from enum import StrEnum
from functools import lru_cache
from html import escape
from typing import Any

import pandas as pd

from bridgebook import catalog, controls

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
            f"<dt>{escape(name.replace('_', ' '))}</dt><dd>{escape(_shown(value))}</dd>"
            for name, value in self.numbers.items()
        )
        return (
            f'<div class="verdict-card verdict-{slug}" role="group" '
            f'aria-label="Verdict on the claim {escape(self.claim)}">'
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


def _shown(value: Any) -> str:
    """Write one number of a verdict for readers."""
    if isinstance(value, float):
        return f"{value:,.3g}"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_shown, value)) or "none"
    if isinstance(value, Mapping):
        return "; ".join(f"{name}: {_shown(one)}" for name, one in value.items())
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


# --- rules: export controls, the rule as code -----------------------------------------------

WESTERN = {
    "USA": "the United States",
    "CAN": "Canada",
    "GBR": "the United Kingdom",
    "EUU": "the European Union",
    "NLD": "the Netherlands",
    "DEU": "Germany",
    "FRA": "France",
    "ITA": "Italy",
    "ESP": "Spain",
    "AUS": "Australia",
    "NZL": "New Zealand",
    "JPN": "Japan",
    "KOR": "South Korea",
}
"""Who counts as Western. Japan and South Korea are in, as the debate on export controls counts
them: the reading most generous to the claim."""

RULE_MAKERS = {
    "BIS": "USA",
    "ISINFORMED": "USA",
    "LIC": "USA",
    "PROC": "USA",
    "BILL": "USA",
    "EU": "EUU",
    "NL": "NLD",
    "METI": "JPN",
    "MOTIE": "KOR",
    "MOFCOM": "CHN",
}
"""Whose rule it is, by the first part of ``rule_id`` (BIS is the US Bureau of Industry)."""

CHIP_METRICS = frozenset(
    {
        "tpp",
        "bits_x_tops",
        "performance_density",
        "interconnect_plus_io_gb_s",
        "memory_bw_gb_s",
        "memory_bw_plus_io_gb_s",
        "memory_bandwidth_density",
    }
)
"""What a threshold on a chip measures."""

TOOL_MEASURES = frozenset({"licence", "licence_requirement", "rule"})
"""Kinds of act that bind; an announcement alone does not."""

SEVERAL = 2
"""From this many Western governments on, thresholds are a matter of the West, not of one state."""

HALF = 0.5
"""A majority: more than half."""


@rule("controls-are-western")
def _western(*, control_rules: pd.DataFrame, control_timeline: pd.DataFrame) -> Finding:
    """Ask who wrote the thresholds on chips, and who else tightened exports of tools."""
    tests = control_rules[
        (control_rules["kind"] == "test")
        & control_rules["metric"].isin(CHIP_METRICS)
        # A duty on chips that enter the United States controls no export.
        & (control_rules["destinations"] != "us_imports")
    ]
    makers = tests["rule_id"].astype("string").str.split("-").str[0]
    unknown = sorted(set(makers) - set(RULE_MAKERS))
    if unknown:
        raise ClaimError(
            f"control_rules: whose rules begin with {', '.join(unknown)}? Add to RULE_MAKERS"
        )
    by_state = makers.map(RULE_MAKERS).value_counts()
    western = [state for state in by_state.index if state in WESTERN]
    partners = _partners(control_timeline, western)
    share = float(by_state[western].sum() / len(tests)) if len(tests) else 0.0
    numbers = {
        "chip_tests": len(tests),
        "western_share_of_tests": share,
        "western_rule_makers": [WESTERN[state] for state in western],
        "partners_on_tools": [WESTERN[state] for state in partners.index],
        "partner_measures": int(partners.sum()),
    }
    return Finding(_western_outcome(numbers), _western_reason(numbers), numbers)


def _partners(timeline: pd.DataFrame, makers: list[str]) -> pd.Series:
    """Count binding measures of Western states that set no thresholds on chips."""
    acts = timeline[
        (timeline["direction"] == "tighten") & timeline["instrument"].isin(TOOL_MEASURES)
    ]
    states = acts["actor_iso3"].astype("string")
    return states[states.isin(list(WESTERN)) & ~states.isin(makers)].value_counts()


def _western_outcome(numbers: Mapping[str, Any]) -> Outcome:
    if not numbers["chip_tests"]:
        return Outcome.CANNOT_TELL
    if numbers["western_share_of_tests"] <= HALF:
        return Outcome.CONTRADICTED
    if len(numbers["western_rule_makers"]) >= SEVERAL:
        return Outcome.SUPPORTED
    return Outcome.PARTLY if numbers["partners_on_tools"] else Outcome.NOT_SUPPORTED


def _western_reason(numbers: Mapping[str, Any]) -> str:
    total = numbers["chip_tests"]
    if not total:
        return "The table of rules holds no threshold on chips."
    makers = numbers["western_rule_makers"]
    who = _and(makers) if makers else "no Western government"
    first = f"The {total} export thresholds on chips in our table were written by {who}"
    if numbers["western_share_of_tests"] < 1:
        first = f"{numbers['western_share_of_tests']:.0%} of {first[0].lower()}{first[1:]}"
    elif len(makers) == 1:
        first += "; the table collects its rules and was not searched for those of others"
    partners = numbers["partners_on_tools"]
    if not partners:
        return f"{first}. No other Western government in our timeline tightened exports of tools."
    count = numbers["partner_measures"]
    times = "one binding measure" if count == 1 else f"{count} binding measures"
    return f"{first}. On chip-making tools {_and(partners)} acted too ({times} in our timeline)."


FIRST_YEAR = 2020
"""Older chips are left out: the thresholds of 2022 were drawn around chips released since 2020."""

MIN_CHIPS = 5
"""Fewer chips than this in a group say nothing about the group."""

CLEAR_GAP = 0.25
"""Caught shares of the two groups have to lie this far apart before we speak of aim: with groups of
this size, a smaller gap can come from the choice of chips for the table."""

DECIDING_STAGE = "oct-2023"
"""The stage whose text is looked at: the first that names datacentres."""

NEEDS_LICENCE = ("case", "licence", "denied")
CAUGHT = ("notify", *NEEDS_LICENCE)
"""A paragraph applies: at least a notice is due before the chip may go."""

IN_FORCE = {
    "oct-2022": ("oct-2022",),
    "oct-2023": ("oct-2023",),
    "apr-2025": ("oct-2023", "apr-2025"),
}
"""Stages that began before the article, and which of them applied together: the letters came on top
of the rule of 2023."""

ARTICLE_BEFORE = pd.Timestamp("2025-09-01")
"""The article carries no date, but it names GLM-4.5 (July 2025) and nothing later than that summer:
only what was announced before counts."""

SLOWING = "slow_advanced_ai"
"""The aim that the claim ascribes to the controls."""


@rule("controls-curtail-ai")
def _curtail(
    *, chips: pd.DataFrame, control_rules: pd.DataFrame, control_aims: pd.DataFrame
) -> Finding:
    """Ask which aims the rules state, and whether their thresholds select chips for AI."""
    us = chips[
        (chips["iso3"] == "USA")
        & (chips["release_date"].dt.year >= FIRST_YEAR)
        & (chips["release_status"] == "released")
    ]
    status = controls.classify(us, DECIDING_STAGE, control_rules)["status"]
    known = status != "unknown"
    datacentre = us["datacenter_marketed"].fillna(False)
    stages = controls.regimes(control_rules)
    numbers: dict[str, Any] = {
        "rule": str(stages.loc[DECIDING_STAGE, "label"]),
        **_counts(status[known & datacentre], "datacentre_chips"),
        **_counts(status[known & ~datacentre], "other_chips"),
        "chips_of_unknown_status": int((~known).sum()),
        **_stated_aims(control_aims, control_rules),
        "best_lawful": {
            str(stages.loc[stage, "label"]): _best_lawful(us, stage, control_rules)
            for stage in IN_FORCE
        },
    }
    return Finding(_curtail_outcome(numbers), _curtail_reason(numbers), numbers)


def _stated_aims(aims: pd.DataFrame, rules: pd.DataFrame) -> dict[str, list[str]]:
    """Rules announced before the article whose aims are known, and those that name slowing AI."""
    announced = rules.drop_duplicates("rule_id").set_index("rule_id")[
        ["rule_short", "announced_date"]
    ]
    known = aims.join(announced, on="rule_id")
    known = known[known["announced_date"] < ARTICLE_BEFORE]
    slowing = known[known["aim"] == SLOWING]
    rest = known[~known["rule_id"].isin(slowing["rule_id"])]["aim"].astype("string")
    return {
        "rules_with_stated_aims": known["rule_short"].unique().tolist(),
        "rules_that_name_slowing_ai": slowing["rule_short"].unique().tolist(),
        "aims_of_the_other_rules": [aim.replace("_", " ") for aim in rest.unique()],
    }


def _counts(status: pd.Series, group: str) -> dict[str, int]:
    return {
        group: len(status),
        f"{group}_caught": int(status.isin(CAUGHT).sum()),
        f"{group}_that_need_a_licence": int(status.isin(NEEDS_LICENCE).sum()),
    }


def _best_lawful(us: pd.DataFrame, stage: str, rules: pd.DataFrame) -> tuple[str, float]:
    """Find the strongest datacentre chip that was free to go to China during a stage.

    Returns its name and its TPP as a share of the strongest chip on sale on the first day on
    which it was both on sale and lawful; ``("none", 0.0)`` if there was none.
    """
    starts = controls.regimes(rules)["effective_date"]
    later = starts[starts > starts[stage]]
    on_sale = us[us["release_date"] < later.min()] if len(later) else us
    tpp = controls.total_processing_performance(on_sale)
    read = [controls.classify(on_sale, name, rules)["status"] for name in IN_FORCE[stage]]
    free = pd.concat([one.isin(["free", "outside"]) for one in read], axis="columns")
    lawful = free.all(axis="columns") & on_sale["datacenter_marketed"].fillna(False) & tpp.notna()
    if not lawful.any():
        return "none", 0.0
    first_day = on_sale.loc[lawful, "release_date"].clip(lower=starts[stage])
    best_then = first_day.map(lambda day: tpp[on_sale["release_date"] <= day].max())
    share = tpp[lawful] / best_then
    return str(on_sale.loc[share.idxmax(), "chip"]), float(share.max())


def _curtail_outcome(numbers: Mapping[str, Any]) -> Outcome:
    if min(numbers["datacentre_chips"], numbers["other_chips"]) < MIN_CHIPS:
        return Outcome.CANNOT_TELL
    if not numbers["rules_with_stated_aims"]:
        return Outcome.CANNOT_TELL
    datacentre = numbers["datacentre_chips_caught"] / numbers["datacentre_chips"]
    other = numbers["other_chips_caught"] / numbers["other_chips"]
    if other - datacentre >= CLEAR_GAP:
        return Outcome.CONTRADICTED
    if datacentre - other < CLEAR_GAP or datacentre <= HALF or other > HALF:
        return Outcome.NOT_SUPPORTED
    if not numbers["rules_that_name_slowing_ai"]:
        return Outcome.NOT_SUPPORTED
    everywhere = len(numbers["rules_that_name_slowing_ai"]) == len(
        numbers["rules_with_stated_aims"]
    )
    return Outcome.SUPPORTED if everywhere else Outcome.PARTLY


def _curtail_reason(numbers: Mapping[str, Any]) -> str:
    groups = (numbers["datacentre_chips"], numbers["other_chips"])
    if min(groups) < MIN_CHIPS:
        return f"Fewer than {MIN_CHIPS} chips of known status in one of the two groups."
    slowing, known = numbers["rules_that_name_slowing_ai"], numbers["rules_with_stated_aims"]
    if not known:
        return "No rule announced before the article has a stated aim in our table."
    named = f" ({_and(slowing)})" if slowing else ""
    rest = numbers["aims_of_the_other_rules"]
    others = f"; the others give {_and(rest)}" if rest else ""
    ending = " Slowing is documented, stopping is not." if slowing else ""
    caught, other = numbers["datacentre_chips_caught"], numbers["other_chips_caught"]
    return (
        f"{len(slowing)} of {len(known)} rules whose aims we know name slowing AI{named}{others}. "
        f"The thresholds select chips for AI: of {sum(groups)} "
        f"US-designed chips on sale since {FIRST_YEAR} whose class is known, the {numbers['rule']} "
        f"catches {caught} of {groups[0]} made for datacentres and {other} of {groups[1]} "
        f"others.{ending}"
    )


def _and(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
