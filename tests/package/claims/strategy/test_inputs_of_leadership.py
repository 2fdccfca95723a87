"""The three verdicts on the inputs of leadership: today's, and what changed data would make."""

from __future__ import annotations

import pandas as pd
import pytest

from bridgebook import catalog
from bridgebook.claims.strategy import inputs_of_leadership as rules
from bridgebook.ledger import Outcome
from bridgebook.methods import composite
from bridgebook.verdicts import verdict

SHIFTING, GIANTS, OPEN = (
    "leadership-is-shifting",
    "challenges-western-giants",
    "not-a-foregone-conclusion",
)


def text(name: str) -> pd.DataFrame:
    """Load a table with its categories as plain text and its numbers as floats."""
    table = catalog.load(name)
    words = table.select_dtypes("category").columns
    return table.astype(dict.fromkeys(words, "string"))


def scaled(name: str, column: str, factor: float, **where: object) -> pd.DataFrame:
    """Multiply China's values in some rows of a table."""
    table = text(name).astype({column: float})
    rows = table["iso3"] == "CHN"
    for key, value in where.items():
        rows &= table[key] == value
    table.loc[rows.fillna(False), column] *= factor
    return table


# --- leadership-is-shifting -----------------------------------------------------------------


def test_seven_series_rise_and_money_falls() -> None:
    today = verdict(SHIFTING)
    assert today.outcome is Outcome.PARTLY
    assert today.numbers["series"] == 8
    assert len(today.numbers["rising"]) == 7
    assert today.numbers["falling"] == ["AI venture money"]
    assert len(today.numbers["china_ahead"]) == 4
    assert "rose in 7 of 8 inputs and fell in AI venture money." in today.reason


def test_ratios_are_those_of_the_dossier() -> None:
    names = [
        "rd_spending",
        "ai_research",
        "ai_research_reports",
        "ai_investment_reports",
        "electricity",
        "epoch_models",
    ]
    moves = rules.movements(rules.relative_levels(**{name: catalog.load(name) for name in names}))
    assert moves.loc["R&D spending", ["first", "last"]].round(2).tolist() == [0.78, 0.96]
    assert moves.loc["AI venture money", ["first", "last"]].round(2).tolist() == [1.03, 0.09]
    assert moves.loc["AI venture money", "to"] == 2025, "a part of a year is no year"
    assert moves.loc["AI patents filed", "to"] == 2019, "later years are incomplete"
    assert moves.loc["notable models", "to"] == 2025


def made_up(**paths: tuple[float, ...]) -> pd.DataFrame:
    rows = [
        (name, 2017 + step, ratio)
        for name, path in paths.items()
        for step, ratio in enumerate(path)
    ]
    return pd.DataFrame(rows, columns=["input", "year", "ratio"])


def test_movements_go_from_the_first_year_to_the_last_in_any_order() -> None:
    levels = made_up(a=(0.5, 0.9, 0.7), b=(1.0,))
    for rows in (levels, levels.iloc[::-1], levels.iloc[[1, 0, 2, 3]]):
        moves = rules.movements(rows)
        assert list(moves.index) == ["a"], "one year is no movement"
        assert moves.loc["a"].to_dict() == {"from": 2017, "to": 2019, "first": 0.5, "last": 0.7}


UP, FLAT, DOWN = (1.0, 2.0), (2.0, 2.0), (2.0, 1.5)


@pytest.mark.parametrize(
    ("paths", "outcome"),
    [
        ((UP, UP, UP, UP), Outcome.SUPPORTED),
        ((UP, UP, UP, FLAT), Outcome.PARTLY),
        ((UP, UP, UP, (0.4, 0.9)), Outcome.PARTLY),
        ((UP, UP, FLAT, FLAT), Outcome.NOT_SUPPORTED),
        ((DOWN, DOWN, DOWN, FLAT), Outcome.NOT_SUPPORTED),
        ((DOWN, DOWN, DOWN, DOWN), Outcome.CONTRADICTED),
        ((UP, UP, UP), Outcome.CANNOT_TELL),
    ],
)
def test_half_of_the_series_is_not_most(
    paths: tuple[tuple[float, ...], ...], outcome: Outcome, monkeypatch: pytest.MonkeyPatch
) -> None:
    levels = made_up(**dict(zip("abcd", paths, strict=False)))
    monkeypatch.setattr(rules, "relative_levels", lambda **_: levels)
    assert verdict(SHIFTING).outcome is outcome


def test_rows_that_may_be_incomplete_and_years_of_one_country_have_no_ratio() -> None:
    names = (
        "rd_spending", "ai_research", "ai_research_reports", "ai_investment_reports",
        "electricity", "epoch_models",
    )  # fmt: skip
    tables = {name: catalog.load(name) for name in names}
    usual = rules.relative_levels(**tables)
    assert usual["ratio"].notna().all()
    for name, flag, lost in (
        ("ai_research", "complete", {"AI papers", "AI patents filed"}),
        ("epoch_models", "notable", {"notable models"}),
    ):
        unsaid = tables[name].assign(**{flag: pd.array([pd.NA] * len(tables[name]), "boolean")})
        found = rules.relative_levels(**{**tables, name: unsaid})
        assert set(usual["input"]) - set(found["input"]) == lost
    electricity = tables["electricity"]
    one = electricity[~((electricity["iso3"] == "USA") & (electricity["year"] == 2020))]
    found = rules.relative_levels(**{**tables, "electricity": one}).query("input == 'electricity'")
    before = usual.query("input == 'electricity'")
    assert set(before["year"]) - set(found["year"]) == {2020}
    assert found["ratio"].notna().all()


def test_flat_series_do_not_support_it() -> None:
    """If most series stood still, nothing would be shifting."""
    electricity = text("electricity").assign(generation_twh=100.0)
    spending = text("rd_spending").assign(gerd_ppp2021_bn=10.0)
    research = text("ai_research").assign(value=10.0)
    changed = verdict(SHIFTING, electricity=electricity, rd_spending=spending, ai_research=research)
    assert changed.outcome is Outcome.NOT_SUPPORTED


def test_a_lead_in_everything_would_support_it() -> None:
    reports = scaled("ai_research_reports", "value", 3, measure="top100_cited_papers", year=2024)
    money = scaled("ai_investment_reports", "value", 50, measure="vc_investment", year=2025)
    spending = scaled("rd_spending", "gerd_ppp2021_bn", 2, year=2023)
    models = text("epoch_models")
    recent = models["publication_date"].dt.year == 2025
    chinese = models[recent & (models["countries_iso3"] == "CHN")]
    models = pd.concat([models, chinese, chinese], ignore_index=True)
    changed = verdict(
        SHIFTING,
        ai_research_reports=reports,
        ai_investment_reports=money,
        rd_spending=spending,
        epoch_models=models,
    )
    assert changed.outcome is Outcome.SUPPORTED


def test_falling_in_everything_would_contradict_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def falling(**_: pd.DataFrame) -> pd.DataFrame:
        return pd.DataFrame(
            [(name, year, 2.0 - 0.1 * (year - 2017)) for name in "abcd" for year in (2017, 2024)],
            columns=["input", "year", "ratio"],
        )

    monkeypatch.setattr(rules, "relative_levels", falling)
    assert verdict(SHIFTING).outcome is Outcome.CONTRADICTED


def test_empty_tables_do_not_decide_about_the_shift() -> None:
    names = ["rd_spending", "ai_research", "ai_research_reports", "electricity", "epoch_models"]
    empty = {name: text(name).iloc[:0] for name in names}
    assert verdict(SHIFTING, **empty).outcome is Outcome.CANNOT_TELL


# --- challenges-western-giants --------------------------------------------------------------


def test_a_rival_in_models_and_papers_not_in_money() -> None:
    today = verdict(GIANTS)
    assert today.outcome is Outcome.PARTLY
    assert today.numbers["rival_in"] == ["notable models", "most cited papers"]
    assert today.numbers["measures_disagree_in"] == ["computing"]
    assert max(today.numbers["levels"]["private money"]) < 0.1
    assert "It is below half in private money. Two measures disagree about computing." in (
        today.reason
    )


def test_level_or_ahead_needs_every_measure_of_a_field() -> None:
    clusters = scaled("gpu_clusters", "h100_equivalents", 100)
    centres = scaled("data_centres", "value", 100)
    one = verdict(GIANTS, gpu_clusters=clusters).numbers
    assert min(one["levels"]["computing"]) < 1 < max(one["levels"]["computing"])
    assert "computing" not in one["level_or_ahead_in"]
    both = verdict(GIANTS, gpu_clusters=clusters, data_centres=centres)
    assert "computing" in both.numbers["level_or_ahead_in"]
    assert "computing" in both.reason.partition("level or ahead in")[2]


def test_as_much_as_the_united_states_is_level() -> None:
    reports = text("ai_research_reports")
    american = reports[reports["iso3"] == "USA"]
    same = pd.concat([american, american.assign(iso3="CHN")], ignore_index=True)
    found = verdict(GIANTS, ai_research_reports=same).numbers
    assert found["levels"]["most cited papers"] == [1.0]
    assert "most cited papers" in found["level_or_ahead_in"]


def test_more_money_and_chips_would_support_it() -> None:
    money = scaled("ai_investment_reports", "value", 20)
    clusters = scaled("gpu_clusters", "h100_equivalents", 10)
    changed = verdict(GIANTS, ai_investment_reports=money, gpu_clusters=clusters)
    assert changed.outcome is Outcome.SUPPORTED


@pytest.mark.parametrize(
    ("factor", "outcome"), [(0.6, Outcome.NOT_SUPPORTED), (0.3, Outcome.NOT_SUPPORTED)]
)
def test_fewer_models_and_papers_would_not(factor: float, outcome: Outcome) -> None:
    reports = scaled("ai_research_reports", "value", factor)
    assert verdict(GIANTS, ai_research_reports=reports).outcome is outcome


def test_below_half_everywhere_would_contradict_it() -> None:
    reports = scaled("ai_research_reports", "value", 0.3)
    centres = scaled("data_centres", "value", 0.3)
    changed = verdict(GIANTS, ai_research_reports=reports, data_centres=centres)
    assert changed.outcome is Outcome.CONTRADICTED


def test_without_a_measure_the_outcome_is_cannot_tell() -> None:
    for name in ("ai_research_reports", "ai_investment_reports"):
        assert verdict(GIANTS, **{name: text(name).iloc[:0]}).outcome is Outcome.CANNOT_TELL


# --- not-a-foregone-conclusion --------------------------------------------------------------


def test_both_lead_under_many_weightings_in_every_variant() -> None:
    today = verdict(OPEN)
    assert today.outcome is Outcome.PARTLY
    numbers = today.numbers
    assert numbers["contested_variants"] == numbers["variants"] == 21
    assert 0.10 < numbers["china_lowest_share"] < 0.2
    assert 0.7 < numbers["china_highest_share"] < 0.8
    names = (
        "rd_spending", "ai_research", "ai_research_reports", "ai_investment_reports",
        "data_centres", "electricity", "gpu_clusters", "robots_reports",
    )  # fmt: skip
    values = composite.measures(**{name: catalog.load(name) for name in names})
    china = composite.variants(values)["china"].dropna()
    more, less = sum(share > 0.5 for share in china), sum(share <= 0.5 for share in china)
    assert more != less, "a count that tells the two apart"
    assert numbers["china_more_than_half"] == more


def test_a_country_far_ahead_in_everything_would_close_it() -> None:
    tables = {
        "rd_spending": scaled("rd_spending", "gerd_ppp2021_bn", 0.05),
        "ai_research": scaled("ai_research", "value", 0.05),
        "ai_research_reports": scaled("ai_research_reports", "value", 0.05),
        "electricity": scaled("electricity", "generation_twh", 0.05),
        "robots_reports": scaled("robots_reports", "installations_units", 0.05),
    }
    changed = verdict(OPEN, **tables)
    assert changed.outcome is Outcome.NOT_SUPPORTED and "almost whatever" in changed.reason


def test_if_only_some_variants_are_open_the_outcome_is_cannot_tell() -> None:
    """Without China's lead in patents and papers some scales leave it open and others do not."""
    changed = verdict(OPEN, ai_research=scaled("ai_research", "value", 0.3))
    assert changed.outcome is Outcome.CANNOT_TELL
    assert 0 < changed.numbers["contested_variants"] < changed.numbers["variants"]


def test_a_missing_input_does_not_decide() -> None:
    for name in ("electricity", "data_centres", "ai_research_reports"):
        assert verdict(OPEN, **{name: text(name).iloc[:0]}).outcome is Outcome.CANNOT_TELL
