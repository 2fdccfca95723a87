"""Verdicts of the chapter ``export-controls/the-rule-as-code``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from bridgebook.ledger import ClaimError, Outcome
from bridgebook.methods import controls
from bridgebook.verdicts import ARTICLE_BEFORE, MAJORITY, Finding, rule
from bridgebook.wording import listed

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
"""Who counts as Western. Japan and South Korea are included, as in the debate on export controls:
the reading most generous to the claim."""

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
"""With this many Western governments or more, thresholds are Western rather than one state's."""


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
    if numbers["western_share_of_tests"] <= MAJORITY:
        return Outcome.CONTRADICTED
    if len(numbers["western_rule_makers"]) >= SEVERAL:
        return Outcome.SUPPORTED
    return Outcome.PARTLY if numbers["partners_on_tools"] else Outcome.NOT_SUPPORTED


def _western_reason(numbers: Mapping[str, Any]) -> str:
    total = numbers["chip_tests"]
    if not total:
        return "The table of rules holds no threshold on chips."
    makers = numbers["western_rule_makers"]
    who = listed(makers) if makers else "no Western government"
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
    return f"{first}. On chip-making tools {listed(partners)} acted too ({times} in our timeline)."


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
    if datacentre - other < CLEAR_GAP or datacentre <= MAJORITY or other > MAJORITY:
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
    named = f" ({listed(slowing)})" if slowing else ""
    rest = numbers["aims_of_the_other_rules"]
    others = f"; the others give {listed(rest)}" if rest else ""
    ending = " Slowing is documented, stopping is not." if slowing else ""
    caught, other = numbers["datacentre_chips_caught"], numbers["other_chips_caught"]
    return (
        f"{len(slowing)} of {len(known)} rules announced before the article whose aims we know "
        f"{'names' if len(slowing) == 1 else 'name'} slowing AI{named}{others}. "
        f"The thresholds select chips for AI: of {sum(groups)} "
        f"US-designed chips on sale since {FIRST_YEAR} whose class is known, the {numbers['rule']} "
        f"requires a licence or a notice for {caught} of {groups[0]} made for data centres and "
        f"{other} of {groups[1]} others.{ending}"
    )
