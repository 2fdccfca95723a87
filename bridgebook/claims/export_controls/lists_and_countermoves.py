"""Verdict of the chapter ``export-controls/lists-and-countermoves``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from bridgebook.ledger import Outcome
from bridgebook.methods import countermoves
from bridgebook.verdicts import ARTICLE_BEFORE, MAJORITY, Finding, rule
from bridgebook.wording import listed

STATE = "USA"
"""The state that the claim is about."""

AHEAD = ("slow_advanced_ai", "keep_us_lead")
"""Aims that are about staying ahead: slowing the other, or keeping the lead. Keeping chips from an
army is not one of them."""

WITHHOLDS = "export_controls"
SHARES = ("export_promotion", "open_source")
"""Themes of a policy text that offers technology to others: exports to partners, open models."""

ENDED = ("revoked", "lifted", "superseded")
"""Statuses of a policy text that is no longer in effect."""

SHARES_TOO = 2
"""From this many texts on, sharing is part of the policy; a single text may be an accident."""

LOOSENS_TOO = 0.25
"""A quarter of the binding acts: from there on, loosening is part of the record as well."""


@rule("us-restricts-and-excludes")
def _restricts(
    *,
    control_timeline: pd.DataFrame,
    control_rules: pd.DataFrame,
    control_aims: pd.DataFrame,
    policy_timeline: pd.DataFrame,
) -> Finding:
    """Compare acts that withhold technology with acts and texts that loosen or share."""
    acts = countermoves.binding_acts(control_timeline)
    own = acts[acts["actor_iso3"] == STATE]
    before = own["date"] < ARTICLE_BEFORE
    texts = policy_timeline[
        (policy_timeline["iso3"] == STATE)
        & ~policy_timeline["status"].isin(ENDED)
        & (policy_timeline["verified"] != "no")
    ]
    others = acts[(acts["actor_iso3"] != STATE) & (acts["effect"] == "restrict")]
    given_up = control_rules[control_rules["status_2026_11"] == "not_enforced"]
    numbers: dict[str, Any] = {
        **_counts(own[before], "before_the_article"),
        **_counts(own[~before], "since"),
        "rules_that_aim_to_stay_ahead": _rules_that_aim(control_aims, control_rules),
        "rules_not_enforced": given_up["rule_short"].unique().tolist(),
        "texts_that_share": _texts(texts, SHARES),
        "texts_that_withhold": _texts(texts, (WITHHOLDS,)),
        "others_that_restrict": {
            countermoves.BY[str(state)]: int(count)
            for state, count in others["actor_iso3"].astype("string").value_counts().items()
        },
    }
    return Finding(_outcome(numbers), _reason(numbers), numbers)


def _counts(acts: pd.DataFrame, when: str) -> dict[str, int]:
    return {
        f"acts_that_restrict_{when}": int((acts["effect"] == "restrict").sum()),
        f"acts_that_loosen_{when}": int((acts["effect"] == "loosen").sum()),
    }


def _rules_that_aim(aims: pd.DataFrame, rules: pd.DataFrame) -> list[str]:
    """Names of the rules whose texts give staying ahead as an aim."""
    names = rules.drop_duplicates("rule_id").set_index("rule_id")["rule_short"]
    ids = aims.loc[aims["aim"].isin(AHEAD), "rule_id"].drop_duplicates()
    return [str(name) for name in names.reindex(ids).dropna()]


def _texts(texts: pd.DataFrame, themes: tuple[str, ...]) -> list[str]:
    """Labels of the policy texts with one of the themes."""
    found = texts["themes"].str.split(";").map(lambda own: bool(set(own) & set(themes)))
    return list(texts.loc[found.astype(bool), "label"].astype(str))


def _totals(numbers: Mapping[str, Any]) -> tuple[int, int]:
    return (
        numbers["acts_that_restrict_before_the_article"] + numbers["acts_that_restrict_since"],
        numbers["acts_that_loosen_before_the_article"] + numbers["acts_that_loosen_since"],
    )


def _outcome(numbers: Mapping[str, Any]) -> Outcome:
    restrict, loosen = _totals(numbers)
    if not restrict + loosen:
        return Outcome.CANNOT_TELL
    share = loosen / (restrict + loosen)
    if share >= MAJORITY:
        return Outcome.CONTRADICTED
    if not numbers["rules_that_aim_to_stay_ahead"]:
        return Outcome.NOT_SUPPORTED
    if len(numbers["texts_that_share"]) >= SHARES_TOO or share >= LOOSENS_TOO:
        return Outcome.PARTLY
    return Outcome.SUPPORTED


def _reason(numbers: Mapping[str, Any]) -> str:
    restrict, loosen = _totals(numbers)
    if not restrict + loosen:
        return "The timeline holds no binding act of the United States."
    tight, loose = (
        numbers[f"acts_that_{what}_before_the_article"] for what in ("restrict", "loosen")
    )
    tight_since, loose_since = (
        numbers[f"acts_that_{what}_since"] for what in ("restrict", "loosen")
    )
    sentences = [
        f"In our selection of binding acts of the US government, {tight} restricted and {loose} "
        f"loosened up to August 2025; since then {tight_since} and {loose_since}"
    ]
    ahead = numbers["rules_that_aim_to_stay_ahead"]
    if ahead:
        sentences.append(f"Slowing China's AI or keeping the lead is an aim of: {listed(ahead)}")
    else:
        sentences.append("No rule whose aims we know names staying ahead")
    share = numbers["texts_that_share"]
    if share:
        sentences.append(
            "But US policy also offers technology to partners, or as open models to all, in "
            f"{len(share)} of its texts ({listed(share)})"
        )
    else:
        sentences.append("No US text in our table offers technology to others")
    if numbers["rules_not_enforced"]:
        sentences.append(f"Not enforced: {listed(numbers['rules_not_enforced'])}")
    counts = numbers["others_that_restrict"].items()
    others = [f"{state} (at least {count} acts)" for state, count in counts]
    if others:
        sentences.append(f"Others restrict as well: {listed(others)}")
    return ". ".join(sentences) + "."
