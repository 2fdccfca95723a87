"""The three verdicts on rules at home: today's, and what changed data would make of them."""

from __future__ import annotations

import pandas as pd
import pytest

from bridgebook import catalog
from bridgebook.claims.strategy import rules_at_home as rules
from bridgebook.ledger import Outcome
from bridgebook.verdicts import ARTICLE_BEFORE, verdict

ROBUST, FACTOR = "governance-is-robust", "data-as-production-factor"
AGAINST = "oversight-against-innovation"


def text(name: str) -> pd.DataFrame:
    """Load a table with its categories as plain text, so that any word can be put in."""
    table = catalog.load(name)
    words = table.select_dtypes("category").columns
    return table.astype(dict.fromkeys(words, "string"))


def with_general_law() -> pd.DataFrame:
    timeline = text("policy_timeline")
    plan = timeline["document_id"] == "ai-law-work-plan-2026"
    timeline.loc[plan, ["type", "status"]] = ["law", "in_force"]
    timeline.loc[plan, "date_effective"] = pd.Timestamp("2026-09-01")
    return timeline


def all_testers_find(share: float) -> pd.DataFrame:
    """Every tester finds the same share of answers affected."""
    tests = text("answer_tests").assign(
        measure="official_framing", result_pct=share, bound="exact", wording=pd.NA
    )
    return tests.astype({"wording": "string"})


# --- what the rules read --------------------------------------------------------------------------


def test_drafts_and_guidelines_do_not_bind() -> None:
    binding = rules.binding_rules(text("policy_timeline"))
    assert len(binding) == 9
    assert "companion-ai-draft-2025" not in set(binding["document_id"])
    assert set(binding["type"]) == {"law", "regulation"}
    assert binding["date_effective"].is_monotonic_increasing


def test_the_same_reading_sees_the_general_law_of_the_union() -> None:
    """The test for a general law is not one that nothing could pass."""
    union = text("policy_timeline")
    union = union[(union["iso3"] == "EUU") & (union["type"] == "law")]
    assert (union["themes"].str.split(";").str[0] == rules.GENERAL).any()


def test_pace_adds_up_to_the_total() -> None:
    register = text("genai_registrations")
    pace = rules.filing_pace(register)
    counts = register["services_filed"]
    assert pace["filed"].sum() == counts.iloc[-1] - counts.iloc[0] == 804
    year = pace[pace["end"] == "2024-12-31"].iloc[0]
    assert year["per_month"] == pytest.approx(238 / 12, rel=0.005)
    shuffled = rules.filing_pace(register.sample(frac=1, random_state=1))
    pd.testing.assert_frame_equal(shuffled, pace)


def test_affected_is_what_is_not_candid() -> None:
    tests = text("answer_tests").set_index("test_id", drop=False)
    share = rules.affected_pct(tests)
    assert share["elluminate-kimi-k2-5"] == pytest.approx(1.2)
    assert share["elluminate-deepseek"] == 81
    assert share["ceias-kimi-k2-5"] == 33
    assert share[tests["tester"] == "CAISI"].isna().all()
    assert rules.effect(tests).to_dict() == {
        "caisi-kimi-k2-thinking-chinese": "heavy",
        "caisi-kimi-k2-thinking-other": "slight",
        "elluminate-kimi-k2-5": "slight",
        "elluminate-deepseek": "heavy",
        "ceias-kimi-k2-5": "some",
        "ceias-deepseek": "some",
    }


@pytest.mark.parametrize(
    ("share", "word"),
    [(9.9, "slight"), (10, "slight"), (10.1, "some"), (49.9, "some"), (50, "heavy"), (99, "heavy")],
)
def test_lines_between_the_classes(share: float, word: str) -> None:
    assert set(rules.effect(all_testers_find(share))) == {word}


def test_counts_quoted_for_elluminate_fit_its_168_answers() -> None:
    tests = text("answer_tests").set_index("test_id")
    for name, good in (("elluminate-kimi-k2-5", 166), ("elluminate-deepseek", 32)):
        row = tests.loc[name]
        assert round(100 * good / row["answers"], 1) == row["result_pct"]


# --- governance-is-robust -------------------------------------------------------------------


def test_rules_are_many_and_filed_under_but_neither_complete_nor_even() -> None:
    today = verdict(ROBUST)
    assert today.outcome is Outcome.PARTLY
    numbers = today.numbers
    assert numbers["binding_rules_at_the_article"] == 6
    assert numbers["binding_rules_now"] == 9
    assert (numbers["services_filed_at_the_article"], numbers["services_filed_now"]) == (490, 868)
    assert len(numbers["readings_that_hold"]) == len(numbers["readings_that_do_not"]) == 2
    assert "general law on AI is not in force" in today.reason
    assert "from slight to heavy" in today.reason


def test_a_general_law_and_tests_that_agree_would_support_it() -> None:
    law, tests = with_general_law(), all_testers_find(30)
    both = verdict(ROBUST, policy_timeline=law, answer_tests=tests)
    assert both.outcome is Outcome.SUPPORTED
    assert "law on AI is in force" in both.reason and "one and the same effect" in both.reason
    assert verdict(ROBUST, policy_timeline=law).outcome is Outcome.PARTLY
    assert verdict(ROBUST, answer_tests=tests).outcome is Outcome.PARTLY


def test_without_rules_or_filings_nothing_is_robust() -> None:
    timeline = text("policy_timeline")
    timeline = timeline[~timeline["type"].isin(rules.BINDING)]
    flat = text("genai_registrations").assign(services_filed=64)
    changed = verdict(ROBUST, policy_timeline=timeline, genai_registrations=flat)
    assert changed.outcome is Outcome.NOT_SUPPORTED
    assert verdict(ROBUST, genai_registrations=flat).outcome is Outcome.PARTLY


def test_what_is_not_known_is_neither_held_nor_missed() -> None:
    filings = text("genai_registrations")
    late = filings.assign(as_of_date=ARTICLE_BEFORE)
    for table in (filings.iloc[:0], late):
        found = verdict(ROBUST, genai_registrations=table).numbers
        told = [*found["readings_that_hold"], *found["readings_that_do_not"]]
        assert len(told) == 3 and rules.READINGS["enforced"] not in told
        assert found["services_filed_at_the_article"] == 0


def test_an_article_in_another_law_is_no_general_law() -> None:
    timeline = text("policy_timeline")
    amended = timeline["document_id"] == "cybersecurity-law-amendment-2025"
    assert timeline.loc[amended, "themes"].str.contains(rules.GENERAL).all()
    assert not verdict(ROBUST).numbers["general_ai_law"]


def test_too_little_is_known_to_call_it_robust() -> None:
    nothing = verdict(ROBUST, policy_timeline=text("policy_timeline").iloc[:0])
    assert nothing.outcome is Outcome.CANNOT_TELL
    tests = text("answer_tests")
    one = verdict(ROBUST, answer_tests=tests[tests["tester"] == "CEIAS"])
    assert one.outcome is Outcome.PARTLY and "too few to say" in one.reason
    none = {"answer_tests": tests.iloc[:0], "genai_registrations": text("genai_registrations")[:0]}
    assert verdict(ROBUST, **none).outcome is Outcome.CANNOT_TELL


# --- data-as-production-factor --------------------------------------------------------------


def test_the_doctrine_is_stated_and_the_sizes_disagree() -> None:
    today = verdict(FACTOR)
    assert today.outcome is Outcome.SUPPORTED
    assert today.numbers["documents"] == 7
    assert today.numbers["of_them_from_the_top"] == 4
    assert today.numbers["official_sizes_bn_yuan"] == [5860, 2000]
    assert "differ by a factor of 2.9" in today.reason


def test_the_agency_and_later_documents_do_not_count() -> None:
    documents = rules.factor_documents(text("policy_timeline"))
    assert "national-data-administration-2023" not in set(documents["document_id"])
    assert (documents["date"] < "2025-09-01").all() and (documents["iso3"] == "CHN").all()


def test_doctrine_without_the_top_or_without_targets_is_partly() -> None:
    timeline = text("policy_timeline")
    agencies = timeline.assign(issuing_body="MIIT")
    assert verdict(FACTOR, policy_timeline=agencies).outcome is Outcome.PARTLY
    targets = text("plan_targets")
    other = targets[~targets["indicator"].str.contains("data")]
    bare = verdict(FACTOR, plan_targets=other)
    assert bare.outcome is Outcome.PARTLY and "factor of 2" not in bare.reason


def test_without_documents_it_is_not_supported() -> None:
    timeline = text("policy_timeline")
    timeline["themes"] = timeline["themes"].str.replace(rules.FACTOR, "industry")
    assert verdict(FACTOR, policy_timeline=timeline).outcome is Outcome.NOT_SUPPORTED
    late = text("policy_timeline").assign(date=pd.Timestamp("2026-01-01"))
    assert verdict(FACTOR, policy_timeline=late).outcome is Outcome.NOT_SUPPORTED


def test_sizes_that_agree_do_not_change_the_verdict() -> None:
    """The claim is about policy: a badly measured industry can still be a priority."""
    targets = text("plan_targets").assign(outcome_value=5860.0)
    agreed = verdict(FACTOR, plan_targets=targets)
    assert agreed.outcome is Outcome.SUPPORTED and "factor of 1.0" in agreed.reason


def test_empty_tables_do_not_decide_about_data() -> None:
    empty = verdict(FACTOR, policy_timeline=text("policy_timeline").iloc[:0])
    assert empty.outcome is Outcome.CANNOT_TELL
    assert verdict(FACTOR, plan_targets=text("plan_targets").iloc[:0]).outcome is Outcome.PARTLY


# --- oversight-against-innovation -----------------------------------------------------------


def steady_models() -> pd.DataFrame:
    """The list without the year before its one fall."""
    models = text("epoch_models")
    return models[models["publication_date"].dt.year != rules.FIRST_YEAR]


def test_one_count_fell_once_and_answers_show_a_trace() -> None:
    today = verdict(AGAINST)
    assert today.outcome is Outcome.PARTLY
    assert today.numbers["signs_found"] == [rules.SIGNS["models"], rules.SIGNS["answers"]]
    assert today.numbers["signs_looked_for"] == len(rules.SIGNS)
    assert today.numbers["binding_rules_since"] == 2
    found = {"2021": 21, "2022": 12, "2023": 23, "2024": 31, "2025": 35}
    assert today.numbers["notable_models"] == found
    assert "never built" in today.reason


def test_if_no_test_found_an_effect_it_is_not_supported() -> None:
    slight = all_testers_find(3)
    assert verdict(AGAINST, answer_tests=slight).outcome is Outcome.PARTLY
    changed = verdict(AGAINST, answer_tests=slight, epoch_models=steady_models())
    assert changed.outcome is Outcome.NOT_SUPPORTED
    assert not changed.numbers["signs_found"]


def test_every_sign_is_seen_when_it_is_there() -> None:
    register = text("genai_registrations")
    register["services_filed"] = [64, 600, 650, 680, 700, 710, 712]
    reports = text("ai_adoption_reports")
    reports.loc[reports["period_end"] == "2025-12-31", "value_pct"] = 12.0
    models = text("epoch_models")
    models = models[~((models["publication_date"].dt.year == 2025) & (models["iso3"] == "CHN"))]
    changed = verdict(
        AGAINST, genai_registrations=register, ai_adoption_reports=reports, epoch_models=models
    )
    assert changed.outcome is Outcome.PARTLY, "signs are no proof of a cause"
    assert changed.numbers["signs_found"] == list(rules.SIGNS.values())


def test_without_new_rules_there_is_nothing_to_compare() -> None:
    timeline = text("policy_timeline")
    early = timeline[timeline["date"] < "2024-01-01"]
    none = verdict(AGAINST, policy_timeline=early)
    assert none.outcome is Outcome.CANNOT_TELL and "nothing to compare" in none.reason
    one = timeline[timeline["document_id"] != "cybersecurity-law-amendment-2025"]
    assert "1 more binding rule took" in verdict(AGAINST, policy_timeline=one).reason


def test_empty_tables_do_not_decide_about_oversight() -> None:
    for name in ("policy_timeline", "genai_registrations"):
        empty = verdict(AGAINST, **{name: text(name).iloc[:0]})
        assert empty.outcome is Outcome.CANNOT_TELL, name
    names = ("ai_adoption_reports", "epoch_models", "answer_tests")
    bare = verdict(AGAINST, **{name: text(name).iloc[:0] for name in names})
    assert bare.outcome is Outcome.CANNOT_TELL and bare.numbers["signs_looked_for"] == 1
    tests = text("answer_tests").iloc[:0]
    without = verdict(AGAINST, answer_tests=tests, epoch_models=steady_models())
    assert without.outcome is Outcome.NOT_SUPPORTED and "testers" not in without.reason


def test_the_half_year_at_the_end_of_the_list_is_left_out() -> None:
    models = text("epoch_models")
    counts = rules.notable_models(models)
    assert counts.index.max() == models["publication_date"].dt.year.max() - 1
    assert counts.index.min() == rules.FIRST_YEAR
