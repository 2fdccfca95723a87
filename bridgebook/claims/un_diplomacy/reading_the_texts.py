"""Verdicts of the chapter ``un-diplomacy/reading-the-texts``."""

from __future__ import annotations

from typing import Any

import pandas as pd

from bridgebook.claims.un_diplomacy.the_ai_divide import INDEPENDENT
from bridgebook.ledger import Outcome
from bridgebook.verdicts import MAJORITY, Finding, rule
from bridgebook.wording import day_in_words, listed

INITIATIVE = "gaigi-2023"
"""The text of 2023 in ``un_documents``, ``un_themes`` and ``ai_governance_timeline``."""

POLICY_ROW = "global-ai-governance-initiative-2023"
"""The same text in ``policy_timeline``, which was compiled from other sources."""

CHINA = "CHN"


# --- announced by China in 2023 ---------------------------------------------------------------

YEAR_CLAIMED = 2023

FORUM_WORDS = {"belt_and_road_forum": "the Belt and Road Forum"}
"""How a forum of the timeline is written in a sentence."""


@rule("gaigi-launched-2023")
def _launched(*, ai_governance_timeline: pd.DataFrame, policy_timeline: pd.DataFrame) -> Finding:
    """Ask two tables with different sources who announced the initiative, and when."""
    event = ai_governance_timeline
    event = event[(event["document_id"] == INITIATIVE) & (event["china_position"] == "led")]
    entry = policy_timeline[policy_timeline["document_id"] == POLICY_ROW]
    dates = [*event["date"], *entry["date"]]
    states = [*event["actor_iso3"].astype("string"), *entry["iso3"].astype("string")]
    fit = [
        state == CHINA and date.year == YEAR_CLAIMED
        for date, state in zip(dates, states, strict=True)
    ]
    days = sorted(set(map(day_in_words, dates)))
    forums = [FORUM_WORDS.get(name, name) for name in event["forum"].astype("string").unique()]
    numbers = {"records": len(dates), "records_that_fit": sum(fit), "days": days, "forums": forums}
    if not dates:
        return Finding(Outcome.CANNOT_TELL, "Neither table has the initiative.", numbers)
    outcome = Outcome.SUPPORTED if all(fit) else Outcome.PARTLY
    if not any(fit):
        outcome = Outcome.CONTRADICTED
    where = f", at {listed(forums)}" if forums else ""
    reason = (
        f"{sum(fit)} of {len(fit)} records from different sources have China announcing it in "
        f"{YEAR_CLAIMED}. The day given: {listed(days)}{where}."
    )
    return Finding(outcome, reason, numbers)


# --- its principles ---------------------------------------------------------------------------

PRINCIPLES = (
    "people_at_the_centre",
    "sovereignty",
    "international_law",
    "fair_share",
    "open_source",
    "data_security",
    "privacy",
)
"""What the claim lists, as rows of ``gaigi_ideas``. Consensus has a claim of its own."""


@rule("gaigi-principles")
def _principles(*, gaigi_ideas: pd.DataFrame, un_themes: pd.DataFrame) -> Finding:
    """Look each principle up in the text of 2023, and count what the article leaves out."""
    named = gaigi_ideas[gaigi_ideas["idea"].isin(PRINCIPLES)]
    plain = named["in_text_2023"] == "yes"
    codes = un_themes[un_themes["document_id"] == INITIATIVE].set_index("theme")["code"]
    rest = codes.drop(index=gaigi_ideas["theme"].dropna().unique(), errors="ignore")
    numbers: dict[str, Any] = {
        "principles_looked_up": len(named),
        "in_the_text": int(plain.sum()),
        "in_other_words": named.loc[named["in_text_2023"] == "other_words", "label"].tolist(),
        "not_seen": named.loc[named["in_text_2023"] == "not_seen", "label"].tolist(),
        "themes_of_the_text": int((codes >= 1).sum()),
        "themes_left_out": int((rest >= 1).sum()),
        "central_themes": int((codes == 2).sum()),
        "central_themes_left_out": int((rest == 2).sum()),
    }
    if named.empty:
        return Finding(Outcome.CANNOT_TELL, "No principle was looked up.", numbers)
    if plain.all():
        outcome = Outcome.SUPPORTED
    else:
        outcome = Outcome.PARTLY if plain.mean() > MAJORITY else Outcome.NOT_SUPPORTED
    return Finding(outcome, _principles_reason(numbers, named), numbers)


def _principles_reason(numbers: dict[str, Any], named: pd.DataFrame) -> str:
    parts = [
        f"{numbers['in_the_text']} of {len(named)} principles are stated plainly in the text "
        "of 2023."
    ]
    for words, how in (("other_words", "in other words only"), ("not_seen", "not in what we read")):
        labels = named.loc[named["in_text_2023"] == words, "label"]
        if len(labels):
            quoted = listed([f"“{label}”" for label in labels])
            parts.append(f"{quoted}: {how}.")
    parts.append(
        f"The list is a choice: of {numbers['central_themes']} themes that we code as central in "
        f"the text, the article's sentences leave out {numbers['central_themes_left_out']}."
    )
    return " ".join(parts)


# --- consensus, against concentration ---------------------------------------------------------

BOTH_IDEAS = ("consensus", "no_concentration")


@rule("gaigi-consensus-against-concentration")
def _consensus(*, gaigi_ideas: pd.DataFrame) -> Finding:
    """Ask whether both halves of the claim are in the text of 2023, or came later."""
    ideas = gaigi_ideas.set_index("idea").reindex(BOTH_IDEAS)
    words = ideas["in_text_2023"].astype("string")
    numbers = {
        "consensus_in_text_2023": words.iloc[0],
        "concentration_in_text_2023": words.iloc[1],
        "plainly_said_in": ideas["plain_in"].dropna().tolist(),
    }
    if words.isna().any():
        return Finding(Outcome.CANNOT_TELL, "One of the two ideas was not looked up.", numbers)
    plain = (words == "yes").sum()
    if plain == len(BOTH_IDEAS):
        outcome = Outcome.SUPPORTED
    elif plain or (words == "other_words").all():
        outcome = Outcome.PARTLY
    else:
        outcome = Outcome.NOT_SUPPORTED
    parts = [
        _idea_sentence(idea, word) for (_, idea), word in zip(ideas.iterrows(), words, strict=True)
    ]
    return Finding(outcome, " ".join(parts), numbers)


def _idea_sentence(idea: pd.Series, word: str) -> str:
    label = f"“{idea['label']}”"
    if word == "yes":
        return f"{label} is in the text of 2023."
    later = f"said plainly in {idea['plain_since']:%B %Y}: {idea['plain_in']}"
    if word == "other_words":
        return f"{label} appears there only in similar words; it was {later}."
    return f"{label} was not seen there; it was {later}."


# --- joining rather than dividing -------------------------------------------------------------

JOINING = ("bridging_divides", "capacity_building", "developing_country_voice")
"""Themes that join: narrowing the divide, help with skills and machines, a say for those who have
none. They follow the article's own words on divides and shared development."""

MIN_TEXTS = 3
"""With fewer coded texts a side has no practice of its own to speak of."""

MOST = 0.9
"""Nearly all: a theme of a state's diplomacy may be missing from one text in ten."""

SEVERAL = 3
"""From this many deeds on, counted by someone other than the giver, we speak of a practice."""


@rule("diplomacy-bridges-divides")
def _bridges(
    *, un_themes: pd.DataFrame, un_documents: pd.DataFrame, ai_capacity_pledges: pd.DataFrame
) -> Finding:
    """Count joining themes in China's texts and in others; then ask for deeds."""
    lead = un_documents.set_index("document_id")["lead_iso3"].astype("string")
    chinese = lead.index[(lead == CHINA).fillna(False)]
    cells = un_themes[un_themes["theme"].isin(JOINING)].dropna(subset=["code"])
    ours = cells["document_id"].isin(chinese)
    deeds = ai_capacity_pledges[
        (ai_capacity_pledges["actor_iso3"] == CHINA)
        & (ai_capacity_pledges["kind"] == "delivery")
        & ai_capacity_pledges["counted_by"].isin(list(INDEPENDENT))
        & (ai_capacity_pledges["verified"] == "yes")
    ]
    numbers = {
        "chinese_texts": int(cells.loc[ours, "document_id"].nunique()),
        "cells_told_in_chinese_texts": int(ours.sum()),
        "with_a_joining_theme": int((cells.loc[ours, "code"] >= 1).sum()),
        "cells_told_in_other_texts": int((~ours).sum()),
        "others_with_a_joining_theme": int((cells.loc[~ours, "code"] >= 1).sum()),
        "deeds_counted_by_others": int(deeds["date"].nunique()),
    }
    return Finding(_bridges_outcome(numbers), _bridges_reason(numbers), numbers)


def _bridges_outcome(numbers: dict[str, int]) -> Outcome:
    if numbers["chinese_texts"] < MIN_TEXTS:
        return Outcome.CANNOT_TELL
    share = numbers["with_a_joining_theme"] / numbers["cells_told_in_chinese_texts"]
    if not share:
        return Outcome.CONTRADICTED
    if share <= MAJORITY:
        return Outcome.NOT_SUPPORTED
    if share >= MOST and numbers["deeds_counted_by_others"] >= SEVERAL:
        return Outcome.SUPPORTED
    return Outcome.PARTLY


def _bridges_reason(numbers: dict[str, int]) -> str:
    if numbers["chinese_texts"] < MIN_TEXTS:
        return f"Fewer than {MIN_TEXTS} Chinese texts are coded for the joining themes."
    deeds = numbers["deeds_counted_by_others"]
    held = {0: "no delivery", 1: "one delivery"}.get(deeds, f"{deeds} deliveries")
    return (
        f"Three joining themes are present in {numbers['with_a_joining_theme']} of "
        f"{numbers['cells_told_in_chinese_texts']} coded cells of China's texts, and in "
        f"{numbers['others_with_a_joining_theme']} of {numbers['cells_told_in_other_texts']} of "
        f"the others. Texts are promises. Of China's deeds our tables hold {held} counted by "
        "anyone but the giver, and nothing on whether a divide closed."
    )


# --- shaping world rules ----------------------------------------------------------------------

MILITARY_TOPICS = ("ai_weapons", "ai_military", "ai_nuclear")
"""Topics of ``un_resolutions`` on force; all others count as civilian."""

MILITARY_FORUMS = ("reaim", "us_led_declaration")
"""Forums of the timeline that made texts on military AI outside the United Nations."""

JOINED = ("led", "endorsed")
"""Positions that put a state's name under a text outside the Assembly."""

CHINESE_TEXT, US_TEXT, COMMON_TEXT = "unga-78-311", "unga-78-265", "unga-79-325"
"""The two resolutions of 2024, and the text adopted without a vote in 2025."""


@rule("china-shapes-un-norms")
def _shapes(
    *,
    ai_governance_timeline: pd.DataFrame,
    un_resolutions: pd.DataFrame,
    un_themes: pd.DataFrame,
) -> Finding:
    """Count what China led, what it joined on military AI, and which themes went into 79/325.

    An event known from a tertiary source alone does not count as led.
    """
    held = ai_governance_timeline[~ai_governance_timeline["planned"].astype(bool)]
    led = held[(held["china_position"] == "led") & (held["strength"] != "tertiary")]
    military = un_resolutions[un_resolutions["topic"].isin(MILITARY_TOPICS)]
    votes = military["china_vote"].dropna().astype("string")
    outside = held.loc[held["forum"].isin(MILITARY_FORUMS), "china_position"].dropna()
    joined = int((votes == "yes").sum() + outside.isin(JOINED).sum())
    numbers = {
        "events_led": len(led),
        "forums_of_these": int(led["forum"].nunique()),
        "assembly_texts_led": int((un_resolutions["lead_iso3"] == CHINA).sum()),
        "military_texts": len(votes) + len(outside),
        "military_texts_joined": joined,
        "votes_against_a_military_text": int((votes == "no").sum()),
        **_carried(un_themes, CHINESE_TEXT, "chinese"),
        **_carried(un_themes, US_TEXT, "us"),
    }
    return Finding(_shapes_outcome(numbers), _shapes_reason(numbers), numbers)


def _carried(themes: pd.DataFrame, text: str, name: str) -> dict[str, int]:
    """Of the themes central to one text, count those that the common text names too."""
    codes = themes.set_index(["document_id", "theme"])["code"].unstack(0)  # noqa: PD010
    codes = codes.reindex(columns=[text, COMMON_TEXT])
    later = codes.loc[(codes[text] == 2).fillna(False), COMMON_TEXT].dropna()
    return {
        f"{name}_central_themes_told": len(later),
        f"{name}_central_themes_carried": int((later >= 1).sum()),
    }


def _shapes_outcome(numbers: dict[str, int]) -> Outcome:
    if not numbers["events_led"] and not numbers["military_texts"]:
        return Outcome.CANNOT_TELL
    if numbers["events_led"] < SEVERAL or not numbers["assembly_texts_led"]:
        return Outcome.NOT_SUPPORTED
    if not numbers["military_texts"]:
        return Outcome.PARTLY
    share = numbers["military_texts_joined"] / numbers["military_texts"]
    return Outcome.SUPPORTED if share > MAJORITY else Outcome.PARTLY


def _shapes_reason(numbers: dict[str, int]) -> str:
    if not numbers["events_led"] and not numbers["military_texts"]:
        return "The tables hold no act of China."
    texts = numbers["assembly_texts_led"]
    count = {0: "no Assembly text", 1: "one Assembly text"}.get(texts, f"{texts} Assembly texts")
    mostly_out = numbers["military_texts_joined"] <= MAJORITY * numbers["military_texts"]
    hence = (
        " It stayed out of most of these, so the claim is only partly supported; if staying out "
        "counts as shaping rules, it is supported."
    )
    return (
        f"China led {numbers['events_led']} events of our timeline, {count} among them. Of the "
        f"themes central to its resolution, {numbers['chinese_central_themes_carried']} of "
        f"{numbers['chinese_central_themes_told']} coded ones are in 79/325, which passed without "
        f"a vote; for the US-led resolution it is {numbers['us_central_themes_carried']} of "
        f"{numbers['us_central_themes_told']}. On military AI it signed or voted for "
        f"{numbers['military_texts_joined']} of {numbers['military_texts']} texts."
        f"{hence if mostly_out else ''} Acts show where China works; what it wants is read from "
        "them."
    )
