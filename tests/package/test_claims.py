"""The ledger of claims, and rules whose verdicts flip when the data change."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from bs4 import BeautifulSoup

from bridgebook import catalog, ledger
from bridgebook import verdicts as module
from bridgebook.ledger import Outcome, claim
from bridgebook.verdicts import claims, verdict
from bridgebook.wording import listed

GOOD = """\
claims:
  - id: sky-is-blue
    claim: The sky is blue.
    paragraph: 1
    kind: fact
    theme: strategy
    chapter: strategy/plans-and-targets
    tests: Looking up.
    testable: partly
    reason: Not at night.
"""


@pytest.fixture
def use_ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Replace the book's ledger."""

    def put(text: str) -> None:
        (tmp_path / ledger.LEDGER).write_text(text, "utf-8")
        monkeypatch.setenv("BRIDGEBOOK_DATA", str(tmp_path))

    return put


# --- the ledger ---------------------------------------------------------------------------


def test_ledger_is_typed_and_complete() -> None:
    table = claims()
    assert table["id"].is_unique and table["claim"].is_unique
    assert str(table["paragraph"].dtype) == "Int64"
    assert str(table["decided"].dtype) == "boolean"
    for name, values in ledger.CATEGORIES.items():
        assert list(table[name].cat.categories) == list(values)
        assert table[name].notna().all()
    assert set(table["paragraph"]) == set(ledger.PARAGRAPHS)
    assert set(table["chapter"]) == set(ledger.chapters()), "every chapter decides something"
    assert table["reason"].isna().equals(table["testable"] == "yes")
    assert table["claim"].str.endswith(".").all() and table["tests"].str.endswith(".").all()


def test_every_kind_occurs_and_causes_and_values_are_never_simply_testable() -> None:
    table = claims()
    assert set(table["kind"]) == set(ledger.KINDS)
    hard = table["kind"].isin(["cause", "value", "forecast"])
    assert (table.loc[hard, "testable"] != "yes").all()


def test_claims_of_the_first_chapter_are_decided_and_no_rule_is_stray() -> None:
    table = claims().set_index("id")
    assert set(module.rules()) <= set(table.index)
    here = table[table["chapter"] == "export-controls/the-rule-as-code"]
    assert list(here.index) == ["controls-are-western", "controls-curtail-ai"]
    assert (here["paragraph"] == 2).all() and here["decided"].all()


def test_callers_may_change_what_they_get() -> None:
    first = claims()
    first["claim"] = "changed"
    assert "changed" not in set(claims()["claim"])


def test_ledger_is_traced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    claims()  # parsed already; the trace must be written all the same
    monkeypatch.setenv("BRIDGEBOOK_TRACE", str(tmp_path / "trace"))
    claims()
    assert ledger.LEDGER in (tmp_path / "trace").read_text("utf-8").split()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("kind: fact", "kind: facts", "claim 'sky-is-blue', field kind: is 'facts'; expected one"),
        ("theme: strategy", "theme: sky", "claim 'sky-is-blue', field theme: "),
        ("plans-and-targets", "plans", "claim 'sky-is-blue', field chapter: "),
        ("paragraph: 1", "paragraph: 7", "claim 'sky-is-blue', field paragraph: is 7"),
        ("paragraph: 1", "paragraph: true", "claim 'sky-is-blue', field paragraph: is True"),
        ("testable: partly", "testable: maybe", "claim 'sky-is-blue', field testable: "),
        ("testable: partly", "testable: true", "claim 'sky-is-blue', field testable: is True"),
        ("testable: partly", "testable: 'yes'", "claim 'sky-is-blue', field reason: "),
        ("    reason: Not at night.\n", "", "claim 'sky-is-blue', field reason: "),
        ("    tests: Looking up.\n", "", "claim 'sky-is-blue', field tests: missing"),
        ("id: sky-is-blue", "name: sky", "claim number 1, field name: no such field"),
        ("claim: The sky is blue.", "claim: ' '", "claim 'sky-is-blue', field claim: "),
        ("claims:", "statements:", "one list under the word `claims:`"),
        ("claims:\n", "claims:\n  - [1, 2]\n", "entry number 1 is not a mapping"),
        ("claim: The", "claim: [The", "not readable as YAML"),
    ],
)
def test_broken_ledger_names_claim_and_field(
    use_ledger: Callable[[str], None], old: str, new: str, message: str
) -> None:
    use_ledger(GOOD.replace(old, new))
    with pytest.raises(ledger.ClaimError) as caught:
        claims()
    assert message in str(caught.value) and ledger.LEDGER in str(caught.value)


def test_repeated_id_is_refused(use_ledger: Callable[[str], None]) -> None:
    use_ledger(GOOD + GOOD.removeprefix("claims:\n"))
    with pytest.raises(ledger.ClaimError, match="'sky-is-blue', field id: used twice"):
        claims()


def test_good_ledger_is_read(use_ledger: Callable[[str], None]) -> None:
    use_ledger(GOOD)
    assert claims()["decided"].tolist() == [False]
    assert claim("sky-is-blue").reason == "Not at night."


# --- asking for a verdict -----------------------------------------------------------------


def test_unknown_claim_lists_near_ids() -> None:
    with pytest.raises(ledger.UnknownClaimError, match="did you mean controls-are-western"):
        verdict("controls-are-westen")


def test_undecided_claim_names_its_chapter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(module._RULES, "kimi-k2-costs-less")
    with pytest.raises(module.UndecidedClaimError) as caught:
        verdict("kimi-k2-costs-less")
    assert str(caught.value) == (
        "claim 'kimi-k2-costs-less' is not decided yet: chapter open-models/how-cheap"
    )


def test_a_table_that_the_rule_does_not_use_is_refused() -> None:
    with pytest.raises(ledger.ClaimError, match="does not use the table 'chips'"):
        verdict("controls-are-western", chips=pd.DataFrame())


def test_a_claim_has_one_rule() -> None:
    with pytest.raises(ledger.ClaimError, match="has a rule already"):
        module.rule("controls-are-western")(lambda: None)  # type: ignore[arg-type,return-value]


@pytest.fixture
def with_sentence(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Replace a claim's rule and restore it afterwards."""
    name = "kimi-k2-costs-less"

    def put(reason: str) -> None:
        finding = module.Finding(Outcome.CONTRADICTED, reason, {"share_of_all": 0.12345})
        monkeypatch.delitem(module._RULES, name, raising=False)
        module.rule(name)(lambda: finding)

    return put


def test_card_says_everything_in_words_and_escapes(with_sentence: Callable[[str], None]) -> None:
    with_sentence("Fewer than 5 < 6 & so on.")
    shown = verdict("kimi-k2-costs-less")
    card: Any = BeautifulSoup(shown._repr_html_(), "lxml").find("div", class_="verdict-card")
    assert card is not None and card["role"] == "group" and card["aria-label"]
    assert "Contradicted" in card.text and claim("kimi-k2-costs-less").claim in card.text
    assert "5 < 6 & so on." in card.text
    assert card.find("dt").text == "share of all" and card.find("dd").text == "0.123"
    sign = card.find("span", attrs={"aria-hidden": "true"})
    assert sign.text == ledger.MARK[Outcome.CONTRADICTED]
    for text in (str(shown), shown._repr_markdown_()):
        assert "Contradicted" in text and "5 < 6 & so on." in text


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("flag", True, "yes"),
        ("flag", False, "no"),
        ("share", 0.12345, "0.123"),
        ("cost", 999.6, "1e+03"),
        ("cost", 1000.0, "1,000"),
        ("cost", -12345.6, "-12,346"),
        ("chips", 12345, "12,345"),
        ("first_year", 2017, "2017"),
        ("yearly_count", 2017, "2,017"),
        ("names", ["a", 2], "a, 2"),
        ("names", (), "none"),
        ("by_year", {"all": 2017, "share": 0.5}, "all: 2017; share: 0.5"),
        ("day", pd.NaT, "NaT"),
    ],
)
def test_numbers_behind_a_verdict_are_written_for_readers(
    monkeypatch: pytest.MonkeyPatch, name: str, value: Any, shown: str
) -> None:
    """A card distinguishes years from counts, and rounds, groups and joins its numbers."""
    finding = module.Finding(Outcome.CONTRADICTED, "So it is.", {name: value})
    monkeypatch.setitem(module._RULES, "kimi-k2-costs-less", lambda: finding)
    card: Any = BeautifulSoup(verdict("kimi-k2-costs-less")._repr_html_(), "lxml")
    assert card.find("dt").text == name.replace("_", " ")
    assert card.find("dd").text == shown


@pytest.mark.parametrize(
    ("names", "text"),
    [(["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")],
)
def test_names_are_joined_as_a_sentence_does(names: list[str], text: str) -> None:
    assert listed(names) == text


def test_outcomes_are_the_five_of_the_book() -> None:
    assert [str(outcome) for outcome in Outcome] == [
        "supported",
        "partly supported",
        "not supported",
        "contradicted",
        "cannot be tested with public data",
    ]
    assert len(set(ledger.MARK.values())) == len(Outcome)


# --- controls-are-western -----------------------------------------------------------------


@pytest.fixture
def rules() -> pd.DataFrame:
    return catalog.load("control_rules")


@pytest.fixture
def timeline() -> pd.DataFrame:
    return catalog.load("control_timeline")


def western(rules: pd.DataFrame, timeline: pd.DataFrame) -> module.Verdict:
    return verdict("controls-are-western", control_rules=rules, control_timeline=timeline)


def signed(rules: pd.DataFrame, office: str) -> pd.DataFrame:
    """The same rules, issued by another office."""
    return rules.assign(rule_id=office + "-" + rules["rule_id"].astype("string"))


def test_western_on_the_books_data(rules: pd.DataFrame, timeline: pd.DataFrame) -> None:
    found = western(rules, timeline)
    assert found == verdict("controls-are-western")
    assert found.outcome == Outcome.PARTLY
    assert found.numbers["western_rule_makers"] == ["the United States"]
    assert "the Netherlands" in found.numbers["partners_on_tools"]
    assert str(found.numbers["chip_tests"]) in found.reason
    assert found.numbers["western_share_of_tests"] == 1
    # Of one maker and all thresholds it says what was not searched, and who else acted on tools.
    assert "%" not in found.reason and "was not searched" in found.reason
    assert "the Netherlands" in found.reason
    assert str(found.numbers["partner_measures"]) in found.reason


@pytest.mark.parametrize(
    ("copies", "share", "outcome"),
    [(1, 1 / 2, Outcome.CONTRADICTED), (2, 2 / 3, Outcome.PARTLY)],
    ids=["exactly half", "a majority"],
)
def test_western_needs_more_than_half_of_the_thresholds(
    rules: pd.DataFrame,
    timeline: pd.DataFrame,
    copies: int,
    share: float,
    outcome: Outcome,
) -> None:
    mixed = pd.concat([*[rules] * copies, signed(rules, "MOFCOM")], ignore_index=True)
    found = western(mixed, timeline)
    assert found.numbers["western_share_of_tests"] == pytest.approx(share)
    assert found.outcome == outcome
    assert f"{share:.0%}" in found.reason and "was not searched" not in found.reason


def test_western_supported_when_a_second_state_sets_thresholds(
    rules: pd.DataFrame, timeline: pd.DataFrame
) -> None:
    both = pd.concat([rules, signed(rules.head(2), "METI")], ignore_index=True)
    found = western(both, timeline)
    assert found.outcome == Outcome.SUPPORTED
    assert "the United States and Japan" in found.reason
    assert "was not searched" not in found.reason


def test_western_not_supported_when_no_partner_acts(
    rules: pd.DataFrame, timeline: pd.DataFrame
) -> None:
    alone = timeline[~timeline["actor_iso3"].isin(["NLD", "JPN"])]
    found = western(rules, alone)
    assert found.outcome == Outcome.NOT_SUPPORTED
    assert "No other Western government" in found.reason


def test_western_announcements_and_chinese_measures_do_not_count(
    rules: pd.DataFrame, timeline: pd.DataFrame
) -> None:
    partner = timeline["actor_iso3"] == "NLD"
    only_words = timeline[~partner | (timeline["instrument"] == "announcement")]
    assert western(rules, only_words).outcome == Outcome.NOT_SUPPORTED
    chinese = timeline.assign(actor_iso3=timeline["actor_iso3"].mask(partner, "CHN"))
    assert western(rules, chinese).outcome == Outcome.NOT_SUPPORTED


def test_western_contradicted_when_the_thresholds_are_chinese(
    rules: pd.DataFrame, timeline: pd.DataFrame
) -> None:
    found = western(signed(rules, "MOFCOM"), timeline)
    assert found.outcome == Outcome.CONTRADICTED
    assert "no Western government" in found.reason


def test_western_cannot_tell_without_thresholds(
    rules: pd.DataFrame, timeline: pd.DataFrame
) -> None:
    no_tests = rules[rules["kind"] != "test"]
    assert western(no_tests, timeline).outcome == Outcome.CANNOT_TELL
    duties = rules[rules["destinations"] == "us_imports"]
    assert len(duties) and western(duties, timeline).outcome == Outcome.CANNOT_TELL


def test_western_asks_whose_an_unknown_rule_is(rules: pd.DataFrame, timeline: pd.DataFrame) -> None:
    with pytest.raises(ledger.ClaimError, match=r"begin with XYZ\? Add to RULE_MAKERS"):
        western(signed(rules, "XYZ"), timeline)


# --- controls-curtail-ai ------------------------------------------------------------------


@pytest.fixture
def chips() -> pd.DataFrame:
    return catalog.load("chips")


@pytest.fixture
def aims() -> pd.DataFrame:
    return catalog.load("control_aims")


def curtail(
    chips: pd.DataFrame, rules: pd.DataFrame, aims: pd.DataFrame | None = None
) -> module.Verdict:
    aims = catalog.load("control_aims") if aims is None else aims
    return verdict("controls-curtail-ai", chips=chips, control_rules=rules, control_aims=aims)


def with_lines(rules: pd.DataFrame, **lines: Any) -> pd.DataFrame:
    """The rules with other thresholds, by ``test_id`` (underscores for hyphens)."""
    ids = rules["test_id"].astype("string").str.replace("-", "_")
    unknown = set(lines) - set("t" + ids)
    assert not unknown, f"no such test: {unknown}"
    new = ("t" + ids).map(lines).astype("float64")
    return rules.assign(threshold=rules["threshold"].mask(new.notna(), new))


CATCH_ALL = {"t2022_10_a_io": 0, "t2022_10_a_bits_x_tops": 0, "t2023_10_a1_tpp": 1}


def scaled(chips: pd.DataFrame, where: pd.Series, factor: float) -> pd.DataFrame:
    """The same chips with other throughput in some rows."""
    columns = [name for name in chips if name.endswith(("_tflops", "_tops"))]
    changed = chips.copy()
    changed.loc[where.fillna(False), columns] *= factor
    return changed


def test_curtail_on_the_books_data(chips: pd.DataFrame, rules: pd.DataFrame) -> None:
    found = curtail(chips, rules)
    assert found == verdict("controls-curtail-ai")
    assert found.outcome == Outcome.PARTLY
    numbers = found.numbers
    assert numbers["datacentre_chips_caught"] > numbers["datacentre_chips"] / 2
    assert numbers["other_chips_that_need_a_licence"] == 0
    shares = [share for _, share in numbers["best_lawful"].values()]
    assert shares == sorted(shares, reverse=True), "each stage left less"
    assert numbers["rules_that_name_slowing_ai"] == ["December 2024 HBM rule"]
    assert len(numbers["rules_with_stated_aims"]) == 3
    assert "(December 2024 HBM rule)" in found.reason
    assert numbers["best_lawful"]["October 2022 rule"] == ("NVIDIA H800 SXM5", 1.0)
    assert numbers["best_lawful"]["October 2023 rule"][0] == "NVIDIA H20 SXM5 96GB"


def test_curtail_supported_when_every_rule_names_slowing_ai(
    chips: pd.DataFrame, rules: pd.DataFrame, aims: pd.DataFrame
) -> None:
    found = curtail(chips, rules, aims.assign(aim="slow_advanced_ai"))
    assert found.outcome == Outcome.SUPPORTED


def test_curtail_not_supported_when_no_rule_names_slowing_ai(
    chips: pd.DataFrame, rules: pd.DataFrame, aims: pd.DataFrame
) -> None:
    others = aims[aims["aim"] != "slow_advanced_ai"]
    found = curtail(chips, rules, others)
    assert found.outcome == Outcome.NOT_SUPPORTED
    assert "0 of" in found.reason


def test_curtail_ignores_aims_stated_after_the_article(
    chips: pd.DataFrame, rules: pd.DataFrame, aims: pd.DataFrame
) -> None:
    late = aims["rule_id"] == "BIS-2026-01-15"
    assert late.any()
    moved = aims.assign(aim=aims["aim"].astype("string").mask(late, "slow_advanced_ai"))
    before, after = curtail(chips, rules, aims), curtail(chips, rules, moved)
    assert before.numbers == after.numbers
    assert curtail(chips, rules, aims[late]).outcome == Outcome.CANNOT_TELL


def test_curtail_outcome_does_not_depend_on_what_stays_lawful(
    chips: pd.DataFrame, rules: pd.DataFrame
) -> None:
    found = curtail(chips, with_lines(rules, **CATCH_ALL))
    assert {share for _, share in found.numbers["best_lawful"].values()} == {0.0}
    assert found.outcome == curtail(chips, rules).outcome


def test_curtail_not_supported_when_nothing_is_caught(
    chips: pd.DataFrame, rules: pd.DataFrame
) -> None:
    high = {
        "t2023_10_a1_tpp": 1e9,
        "t2023_10_a2_tpp": 1e9,
        "t2023_10_b1_tpp_min": 1e9,
        "t2023_10_b2_tpp": 1e9,
    }
    assert curtail(chips, with_lines(rules, **high)).outcome == Outcome.NOT_SUPPORTED


def test_curtail_not_supported_when_the_rule_does_not_discriminate(
    chips: pd.DataFrame, rules: pd.DataFrame
) -> None:
    everything = with_lines(rules, **CATCH_ALL, t2023_10_note2=0)
    found = curtail(chips, everything)
    assert found.outcome == Outcome.NOT_SUPPORTED
    assert found.numbers["other_chips_caught"] == found.numbers["other_chips"]


def test_curtail_contradicted_when_other_chips_are_caught_instead(
    chips: pd.DataFrame, rules: pd.DataFrame
) -> None:
    datacentre = chips["datacenter_marketed"]
    swapped = scaled(scaled(chips, datacentre, 0.001), ~datacentre, 10)
    assert curtail(swapped, rules).outcome == Outcome.CONTRADICTED


def test_curtail_cannot_tell_from_a_handful(chips: pd.DataFrame, rules: pd.DataFrame) -> None:
    few = chips[chips["datacenter_marketed"].fillna(False)]
    assert curtail(few, rules).outcome == Outcome.CANNOT_TELL


def test_curtail_ignores_chips_that_were_never_sold_and_chinese_designs(
    chips: pd.DataFrame, rules: pd.DataFrame
) -> None:
    sold = chips[(chips["iso3"] == "USA") & (chips["release_status"] == "released")]
    assert len(sold) < len(chips)
    assert curtail(sold, rules).numbers == curtail(chips, rules).numbers


def caught(datacentre: int, other: int, of: int = 20, rules: int = 2, slow: int = 1) -> dict:
    """Numbers of the rule with so many chips caught of as many of either kind."""
    return {
        "datacentre_chips": of,
        "other_chips": of,
        "datacentre_chips_caught": datacentre,
        "other_chips_caught": other,
        "rules_with_stated_aims": ["A rule", "Another", "A third"][:rules],
        "rules_that_name_slowing_ai": ["A rule", "Another", "A third"][:slow],
        "aims_of_the_other_rules": [],
        "rule": "rule of a day",
    }


@pytest.mark.parametrize(
    ("numbers", "outcome"),
    [
        (caught(4, 0, of=4), Outcome.CANNOT_TELL),
        (caught(5, 0, of=5), Outcome.PARTLY),
        (caught(15, 0, rules=0), Outcome.CANNOT_TELL),
        (caught(10, 15), Outcome.CONTRADICTED),
        (caught(11, 15), Outcome.NOT_SUPPORTED),
        (caught(15, 10), Outcome.PARTLY),
        (caught(15, 11), Outcome.NOT_SUPPORTED),
        (caught(20, 11), Outcome.NOT_SUPPORTED),
        (caught(20, 10), Outcome.PARTLY),
        (caught(10, 0), Outcome.NOT_SUPPORTED),
        (caught(11, 0), Outcome.PARTLY),
        (caught(15, 0, slow=0), Outcome.NOT_SUPPORTED),
        (caught(15, 0, slow=2), Outcome.SUPPORTED),
    ],
)
def test_curtail_at_the_limits(numbers: dict, outcome: Outcome) -> None:
    """Five chips, a gap of a quarter, more than half: a limit belongs to one side."""
    from bridgebook.claims.export_controls import the_rule_as_code as chapter

    assert chapter._curtail_outcome(numbers) == outcome
    told = chapter._curtail_reason(numbers)
    assert ("Fewer than 5 chips" in told) is (numbers["other_chips"] == 4)
    slowing = numbers["rules_that_name_slowing_ai"]
    if numbers["rules_with_stated_aims"] and numbers["other_chips"] > 4:
        assert ("Slowing is documented" in told) is bool(slowing)
        assert (f"slowing AI ({listed(slowing)})" in told) is bool(slowing)


@pytest.mark.parametrize(
    ("share", "makers", "partners", "outcome"),
    [
        (0.5, ["the United States"], [], Outcome.CONTRADICTED),
        (0.51, ["the United States"], [], Outcome.NOT_SUPPORTED),
        (1.0, ["the United States"], ["Japan"], Outcome.PARTLY),
        (1.0, ["the United States", "Japan"], [], Outcome.SUPPORTED),
    ],
)
def test_western_at_the_limits(
    share: float, makers: list[str], partners: list[str], outcome: Outcome
) -> None:
    from bridgebook.claims.export_controls import the_rule_as_code as chapter

    numbers = {
        "chip_tests": 8,
        "western_share_of_tests": share,
        "western_rule_makers": makers,
        "partners_on_tools": partners,
        "partner_measures": len(partners),
    }
    assert chapter._western_outcome(numbers) == outcome
    told = chapter._western_reason(numbers)
    assert told.startswith(f"{share:.0%} of the 8" if share < 1 else "The 8 export thresholds")
    assert ("was not searched for those of others" in told) is (share == 1 and len(makers) == 1)
    assert ("No other Western government" in told) is not partners
    assert ("Japan acted too (one binding measure in" in told) is bool(partners)
