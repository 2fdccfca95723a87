"""Verdicts on how good the models are: on today's data, and flipped by changed tables."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from bridgebook.catalog import load
from bridgebook.claims.open_models import how_good as module
from bridgebook.ledger import Outcome
from bridgebook.methods import pricing
from bridgebook.verdicts import verdict

FOUR = ("arena", "arena_models", "benchmarks", "benchmarks_reports")
COMPARISONS = (
    "glm-4-plus-surpasses-gpt-4o",
    "glm-4-5-surpasses-gpt-4o",
    "glm-surpasses-chatgpt",
    "kimi-k2-outperforms",
)


@pytest.fixture
def tables() -> dict[str, pd.DataFrame]:
    return {name: load(name) for name in FOUR}


def moved(arena: pd.DataFrame, keys: str, points: float, style: bool | None = None) -> pd.DataFrame:
    """The same boards with some models rated higher or lower."""
    chosen = arena["model_key"].str.fullmatch(keys)
    if style is not None:
        chosen &= arena["style_control"] == style
    ends = ["score", "ci_low", "ci_high"]
    changed = arena.copy()
    changed.loc[chosen, ends] += points
    return changed


def empty(tables: dict[str, pd.DataFrame], *names: str) -> dict[str, pd.DataFrame]:
    return {name: table.head(0) if name in names else table for name, table in tables.items()}


# --- comparisons --------------------------------------------------------------------------


def test_every_contest_is_compared_at_least_once(tables: dict[str, pd.DataFrame]) -> None:
    found = module.compared(**tables)
    wanted = module.contests()
    met = wanted.merge(found, on=["claim", "model", "group", "rival"], how="left")
    assert met["difference"].notna().all()
    assert not found.duplicated(["claim", "model", "rival", "measure"]).any()
    assert (found["low"] <= found["difference"]).all()
    assert (found["difference"] <= found["high"]).all()


def test_every_name_is_in_its_table(tables: dict[str, pd.DataFrame]) -> None:
    there = {
        "votes": set(tables["arena_models"]["version_key"]),
        "developer": set(tables["benchmarks_reports"]["model"]),
        "swe_bench_verified": set(tables["benchmarks_reports"]["model"]),
    }
    for test in ("aider_polyglot", "terminal_bench_2", "hle"):
        rows = tables["benchmarks"][tables["benchmarks"]["benchmark"] == test]
        there[test] = set(rows["model"])
    for name, known in module.NAMES.items():
        for measure, in_table in known.items():
            assert in_table in there[measure], f"{name}: {in_table} is not in {measure}"


def test_votes_of_two_kinds_and_of_two_days_never_meet(tables: dict[str, pd.DataFrame]) -> None:
    found = module.compared(**tables).set_index(["rival", "model", "measure"])
    row = found.loc[("GPT-4o (May 2024)", "GLM-4-Plus", "votes, style control")]
    board = tables["arena"].query("style_control").set_index(["date", "model_key"])["score"]
    expected = board[row["date"], "glm-4-plus"] - board[row["date"], "gpt-4o-2024-05-13"]
    assert row["difference"] == pytest.approx(expected)
    assert row["date"] == pd.Timestamp("2026-10-05")


def test_vendor_results_do_not_decide(tables: dict[str, pd.DataFrame]) -> None:
    reports = tables["benchmarks_reports"]
    vendor = reports["reported_by"] == "vendor"
    praised = reports.assign(score=reports["score"].mask(vendor & reports["own_model"], 100.0))
    changed = {**tables, "benchmarks_reports": praised}
    pd.testing.assert_frame_equal(module.compared(**tables), module.compared(**changed))
    for claim in COMPARISONS:
        assert verdict(claim, **changed).outcome == verdict(claim).outcome


def test_another_agent_or_an_interval_that_is_missing_compares_nothing(
    tables: dict[str, pd.DataFrame],
) -> None:
    arena, reports = tables["arena"], tables["benchmarks_reports"]
    agent = reports[reports["scaffold"] == module.SAME_AGENT]
    stray = agent.assign(scaffold="mini_swe_agent_v2", score=100.0)
    borrowed = agent.assign(reported_by="vendor", score=100.0)
    changed = {**tables, "benchmarks_reports": pd.concat([reports, stray, borrowed])}
    usual = module.compared(**tables)
    pd.testing.assert_frame_equal(module.compared(**changed), usual)

    newest = arena["date"] == arena["date"].max()
    vague = arena.assign(ci_low=arena["ci_low"].mask(newest))
    found = module.compared(**{**tables, "arena": vague})
    assert found["low"].notna().all() and found["p_holm"].notna().all()
    assert usual["date"].max() == arena["date"].max() > found["date"].max()


def test_tests_have_the_interval_of_their_error_or_of_their_questions(
    tables: dict[str, pd.DataFrame],
) -> None:
    """The tasks of two tests are in the chapter on prices as well."""
    found = module._tests(tables["benchmarks"], tables["benchmarks_reports"])
    width = found["high"] - found["low"]
    assert ((found["low"] < found["score"]) & (found["score"] < found["high"])).all()
    for test in ("hle", "terminal_bench_2"):
        rows = tables["benchmarks"].query("benchmark == @test")
        errors = rows.set_index("score")["standard_error"]
        own = found[found["measure"] == test]
        assert len(own)
        for score, wide in zip(own["score"], width[found["measure"] == test], strict=True):
            assert np.isclose(2 * 1.96 * np.atleast_1d(errors[score]), wide).any()
    assert module.QUESTIONS["swe_bench_verified"] == pricing.TASKS["issues"]
    assert module.QUESTIONS["aider_polyglot"] == pricing.TASKS["aider"]


@pytest.mark.parametrize(
    ("difference", "result"), [(2.0, "ahead"), (1.9, "level"), (-1.9, "level"), (-2.0, "behind")]
)
def test_a_difference_is_clear_if_zero_lies_outside_its_interval(
    difference: float, result: str
) -> None:
    """One comparison with a standard error of one: 1.96 is where chance ends."""
    row = {"claim": "made up", "difference": difference}
    row |= {"low": difference - 1.96, "high": difference + 1.96}
    assert module._judged(pd.DataFrame([row]))["result"].item() == result


@pytest.mark.parametrize(
    ("holds", "total", "outcome"),
    [
        (0, 0, Outcome.CANNOT_TELL),
        (0, 4, Outcome.CONTRADICTED),
        (1, 4, Outcome.NOT_SUPPORTED),
        (2, 4, Outcome.PARTLY),
        (3, 4, Outcome.SUPPORTED),
        (5, 7, Outcome.PARTLY),
    ],
)
def test_half_is_partly_and_three_in_four_are_most(
    holds: int, total: int, outcome: Outcome
) -> None:
    assert module._outcome(holds, total) == outcome


def test_vendor_counts_agree_with_the_dossier(tables: dict[str, pd.DataFrame]) -> None:
    found = module.developer_wins(tables["benchmarks_reports"]).set_index(["model", "rival"])
    plus = found.loc[("GLM-4-Plus", "GPT-4o (May 2024)")]
    assert (plus["higher"], plus["tests"]) == (1, 7)
    assert ("Kimi K2", "o3") not in found.index


def test_comparisons_agree_with_the_dossier(tables: dict[str, pd.DataFrame]) -> None:
    found = module.compared(**tables).set_index(["model", "rival", "measure"])["difference"]
    # 54.2 and 21.6 percent of SWE-bench; 1418, 1415 and 1432 points with style control.
    swe = found["GLM-4.5", "GPT-4o (Nov 2024)", "swe_bench_verified"]
    assert swe == pytest.approx(54.2 - 21.62)
    style = "votes, style control"
    assert found["Kimi K2", "GPT-4.1", style] == pytest.approx(1418 - 1415, abs=1)
    assert found["Kimi K2", "o3", style] == pytest.approx(1418 - 1432, abs=1)


def test_first_boards_instead_of_newest_give_the_same_verdicts(
    tables: dict[str, pd.DataFrame],
) -> None:
    then = tables["arena"][tables["arena"]["date"] <= pd.Timestamp("2025-11-05")]
    for claim in COMPARISONS:
        early = verdict(claim, **{**tables, "arena": then})
        assert early.outcome == verdict(claim).outcome, claim


@pytest.mark.parametrize("claim", COMPARISONS)
def test_without_results_the_outcome_is_cannot_tell(
    claim: str, tables: dict[str, pd.DataFrame]
) -> None:
    nothing = empty(tables, "arena", "benchmarks", "benchmarks_reports")
    found = verdict(claim, **nothing)
    assert found.outcome == Outcome.CANNOT_TELL
    assert found.reason


# --- glm-4-plus-surpasses-gpt-4o ----------------------------------------------------------


def test_glm_4_plus_today() -> None:
    found = verdict("glm-4-plus-surpasses-gpt-4o")
    assert found.outcome == Outcome.NOT_SUPPORTED
    assert found.numbers["independent_comparisons"] == {"ahead": 1, "level": 0, "behind": 3}
    assert "1 of 7 tests" in found.reason


def test_glm_4_plus_is_not_judged_by_its_lead_over_others(tables: dict[str, pd.DataFrame]) -> None:
    """Its developer's table has other rivals too; the claim is about GPT-4o."""
    reports = tables["benchmarks_reports"]
    own = reports["source"] == module.DEVELOPER_TABLES["GLM-4-Plus"]
    gpt = reports["model"].str.contains("GPT-4o") | reports["model"].str.contains("GLM-4-Plus")
    rival = reports[own & reports["model"].str.contains("GPT-4o")]
    name = module.NAMES["Claude Sonnet 4"]["developer"]
    beaten = rival.assign(model=name, score=0.0)
    changed = {**tables, "benchmarks_reports": pd.concat([reports[~own | gpt], beaten])}
    wins = module.developer_wins(changed["benchmarks_reports"]).set_index(["model", "rival"])
    assert wins.loc[("GLM-4-Plus", "Claude Sonnet 4"), "higher"] > 1
    found = verdict("glm-4-plus-surpasses-gpt-4o", **changed).numbers
    assert (found["developer_table_higher"], found["developer_table_tests"]) == (1, 7)
    without = {**tables, "benchmarks_reports": reports[~own]}
    found = verdict("glm-4-plus-surpasses-gpt-4o", **without)
    assert found.numbers["developer_table_higher"] == 0
    assert found.numbers["developer_table_tests"] == 0
    assert "own table" not in found.reason


@pytest.mark.parametrize(
    ("points", "outcome"),
    [(100, Outcome.SUPPORTED), (16, Outcome.PARTLY), (-100, Outcome.CONTRADICTED)],
)
def test_glm_4_plus_flips(points: float, outcome: Outcome, tables: dict[str, pd.DataFrame]) -> None:
    style = None if abs(points) > 50 else True
    arena = moved(tables["arena"], "glm-4-plus", points, style)
    changed = {**tables, "arena": arena}
    assert verdict("glm-4-plus-surpasses-gpt-4o", **changed).outcome == outcome


# --- glm-4-5-surpasses-gpt-4o -------------------------------------------------------------


def test_glm_4_5_today() -> None:
    found = verdict("glm-4-5-surpasses-gpt-4o")
    assert found.outcome == Outcome.SUPPORTED
    assert found.numbers["independent_comparisons"] == {"ahead": 6, "level": 0, "behind": 0}
    peers = found.numbers["same_month_comparisons"]
    assert peers["behind"] > peers["ahead"]
    assert "as good as GPT-4o or better in 6 of 6 independent comparisons" in found.reason


def test_glm_4_5_meets_the_peers_of_its_month_and_no_other(
    tables: dict[str, pd.DataFrame],
) -> None:
    found = verdict("glm-4-5-surpasses-gpt-4o").numbers
    wanted = module.contests().query("claim == 'same-month'")["rival"]
    assert set(found["by_peer"]) == set(wanted)
    rows = module.compared(**tables).query("claim == 'same-month'")
    assert sum(found["same_month_comparisons"].values()) == len(rows)


def test_glm_4_5_leads_its_peers_in_votes_as_cast_only(tables: dict[str, pd.DataFrame]) -> None:
    found = module.compared(**tables)
    peers = found[(found["claim"] == "same-month") & (found["result"] == "ahead")]
    assert set(peers["measure"]) == {"votes as cast"}


def test_glm_4_5_flips(tables: dict[str, pd.DataFrame]) -> None:
    for points, style, outcome in (
        (-300, True, Outcome.PARTLY),
        (-300, None, Outcome.NOT_SUPPORTED),
    ):
        changed = {**tables, "arena": moved(tables["arena"], r"glm-4\.5", points, style)}
        assert verdict("glm-4-5-surpasses-gpt-4o", **changed).outcome == outcome
    votes_only = {
        **empty(tables, "benchmarks", "benchmarks_reports"),
        "arena": moved(tables["arena"], r"glm-4\.5", -300),
    }
    assert verdict("glm-4-5-surpasses-gpt-4o", **votes_only).outcome == Outcome.CONTRADICTED


# --- glm-surpasses-chatgpt ----------------------------------------------------------------


def test_chatgpt_today() -> None:
    found = verdict("glm-surpasses-chatgpt")
    assert found.outcome == Outcome.PARTLY
    assert found.numbers["outcomes"] == {
        "GLM-4-Plus": "contradicted",
        "GLM-4.5": "partly supported",
    }
    assert found.reason.endswith("1 ahead, 1 level and 2 behind; with style control: 2 behind.")


@pytest.mark.parametrize(
    ("keys", "points", "outcome"),
    [
        (r"glm-4\.5|glm-4-plus", 100, Outcome.SUPPORTED),
        (r"glm-4\.5", -100, Outcome.CONTRADICTED),
        (r"glm-4\.5", -3, Outcome.PARTLY),
    ],
)
def test_chatgpt_flips(
    keys: str, points: float, outcome: Outcome, tables: dict[str, pd.DataFrame]
) -> None:
    changed = {**tables, "arena": moved(tables["arena"], keys, points)}
    assert verdict("glm-surpasses-chatgpt", **changed).outcome == outcome


def test_chatgpt_not_supported_when_one_comparison_of_four_holds(
    tables: dict[str, pd.DataFrame],
) -> None:
    arena = moved(tables["arena"], "gpt-5-chat", 60)
    found = verdict("glm-surpasses-chatgpt", **{**tables, "arena": arena})
    assert found.outcome == Outcome.NOT_SUPPORTED


# --- kimi-k2-outperforms ------------------------------------------------------------------


def test_kimi_today() -> None:
    found = verdict("kimi-k2-outperforms")
    assert found.outcome == Outcome.PARTLY
    shares = found.numbers["share_clearly_ahead"]
    assert shares["open models"] >= module.AT_LEAST_HALF > shares["closed models without reasoning"]
    assert shares["leading models"] == 0


def test_kimi_flips(tables: dict[str, pd.DataFrame]) -> None:
    votes = empty(tables, "benchmarks", "benchmarks_reports")
    for points, outcome in ((300, Outcome.SUPPORTED), (-300, Outcome.CONTRADICTED)):
        changed = {**votes, "arena": moved(tables["arena"], "kimi-k2-0711-preview", points)}
        assert verdict("kimi-k2-outperforms", **changed).outcome == outcome
    fewer = {**tables, "arena": moved(tables["arena"], "kimi-k2-0711-preview", -25)}
    assert verdict("kimi-k2-outperforms", **fewer).outcome == Outcome.NOT_SUPPORTED


@pytest.mark.parametrize(
    ("ahead", "outcome"),
    [
        ({"open": 3, "closed": 3, "leading": 3}, Outcome.SUPPORTED),
        ({"open": 4, "closed": 2, "leading": 0}, Outcome.PARTLY),
        ({"open": 2, "closed": 0, "leading": 0}, Outcome.PARTLY),
        ({"open": 1, "closed": 0, "leading": 0}, Outcome.NOT_SUPPORTED),
        ({"open": 0, "closed": 0, "leading": 0}, Outcome.CONTRADICTED),
    ],
)
def test_kimi_has_to_be_ahead_of_every_kind(
    ahead: dict[str, int],
    outcome: Outcome,
    tables: dict[str, pd.DataFrame],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Four comparisons with each kind of rival, in so many of which it is ahead."""
    rows = [
        {"group": group, "rival": group, "result": "ahead" if place < count else "behind"}
        for group, count in ahead.items()
        for place in range(4)
    ]
    found = pd.DataFrame(rows).assign(claim="kimi-k2-outperforms", measure="hle")
    monkeypatch.setattr(module, "compared", lambda *_: found)
    assert verdict("kimi-k2-outperforms", **tables).outcome == outcome


# --- rapid-advance ------------------------------------------------------------------------


def test_rapid_today() -> None:
    found = verdict("rapid-advance")
    assert found.outcome == Outcome.PARTLY
    assert found.numbers["lines"] == 4
    assert "votes as cast" not in found.numbers["lines_that_shrink"]


def without_line(arena: pd.DataFrame) -> pd.DataFrame:
    """Votes as cast of the fitted boards left out: the one line that does not shrink."""
    fitted = arena["rating_method"] == "bradley_terry"
    return arena[~(fitted & ~arena["style_control"])]


def test_rapid_flips(tables: dict[str, pd.DataFrame]) -> None:
    arena, models = tables["arena"], tables["arena_models"]
    rest: dict[str, Any] = {"arena_models": models, "benchmarks": tables["benchmarks"]}
    assert verdict("rapid-advance", arena=without_line(arena), **rest).outcome == Outcome.SUPPORTED
    # The same boards in reverse: every gap grows.
    days = sorted(arena["date"].unique())
    backwards = arena.assign(date=arena["date"].map(dict(zip(days, reversed(days), strict=True))))
    no_index = {**rest, "benchmarks": tables["benchmarks"].head(0)}
    found = verdict("rapid-advance", arena=backwards, **no_index)
    assert found.outcome == Outcome.NOT_SUPPORTED
    nothing = verdict("rapid-advance", arena=arena.head(0), **no_index)
    assert nothing.outcome == Outcome.CANNOT_TELL


def on_the_index(months_behind: list[int | None]) -> pd.DataFrame:
    """Records: a US model each year, and a Chinese one as good so many months later.

    None: a Chinese record that no US model has reached.
    """
    days = pd.date_range("2010-01-01", periods=len(months_behind), freq="360D")
    rows = [
        {"iso3": iso3, "model_release_date": day + pd.Timedelta(days=30 * late), "score": level}
        for level, (day, behind) in enumerate(zip(days, months_behind, strict=True), start=100)
        for iso3, late in (("USA", 0), ("CHN", behind or 0))
        if iso3 == "CHN" or behind is not None
    ]
    return pd.DataFrame(rows).assign(benchmark=module.INDEX)


LAG = "lag on Epoch's index in months"


@pytest.mark.parametrize(
    ("months_behind", "halves", "shrinks"),
    [
        ([5, 5, 5, 5], (5, 5), False),
        ([3, 3, 5, 5], (3, 5), False),
        ([5, 5, 4, 4], (5, 4), False),
        ([6, 6, 4, 4], (6, 4), True),
        ([5, 5, 9, 3, 4], (5, 3.5), True),
        ([3, 4, 11, 2, 3, 10], (4, 3), False),
        ([6, 6, 4, 4, None], (6, 4), True),
    ],
)
def test_the_lag_has_to_shrink_by_a_month(
    months_behind: list[int | None],
    halves: tuple[float, float],
    shrinks: bool,
    tables: dict[str, pd.DataFrame],
) -> None:
    """Thirty days are less than a month of 30.4; the middle of five belongs to neither half."""
    found = verdict(
        "rapid-advance",
        arena=tables["arena"].head(0),
        arena_models=tables["arena_models"],
        benchmarks=on_the_index(months_behind),
    )
    told = found.numbers[f"{LAG}, earlier and later half"]
    assert told == pytest.approx([half * 30 / 30.4375 for half in halves], rel=0.001)
    assert found.numbers["lines_that_shrink"] == ([LAG] if shrinks else [])
    assert found.outcome == (Outcome.SUPPORTED if shrinks else Outcome.NOT_SUPPORTED)


def test_three_boards_and_three_records_are_no_trend(tables: dict[str, pd.DataFrame]) -> None:
    arena = tables["arena"].query("style_control and rating_method == 'bradley_terry'")
    lines = {}
    for count in (module.MIN_POINTS - 1, module.MIN_POINTS):
        found = verdict(
            "rapid-advance",
            arena=arena[arena["date"].isin(sorted(arena["date"].unique())[:count])],
            arena_models=tables["arena_models"],
            benchmarks=on_the_index([4] * count),
        )
        lines[count] = (found.numbers["lines"], found.outcome == Outcome.CANNOT_TELL)
    assert lines == {module.MIN_POINTS - 1: (0, True), module.MIN_POINTS: (2, False)}


# --- not-a-one-horse-race -----------------------------------------------------------------


def test_race_today() -> None:
    found = verdict("not-a-one-horse-race")
    assert found.outcome == Outcome.SUPPORTED
    assert found.numbers["boards_led_by_a_us_model"] == found.numbers["boards"]


def chinese_moved(tables: dict[str, pd.DataFrame], points: float) -> pd.DataFrame:
    models = tables["arena_models"]
    chinese = models.loc[models["iso3"] == "CHN", "model_key"]
    arena = tables["arena"].copy()
    arena.loc[arena["model_key"].isin(chinese), ["score", "ci_low", "ci_high"]] += points
    return arena


@pytest.mark.parametrize(
    ("points", "outcome"),
    [(-35, Outcome.PARTLY), (-80, Outcome.NOT_SUPPORTED), (-300, Outcome.CONTRADICTED)],
)
def test_race_flips(points: float, outcome: Outcome, tables: dict[str, pd.DataFrame]) -> None:
    found = verdict(
        "not-a-one-horse-race",
        arena=chinese_moved(tables, points),
        arena_models=tables["arena_models"],
    )
    assert found.outcome == outcome


def test_race_with_one_model_far_behind_is_still_a_race(tables: dict[str, pd.DataFrame]) -> None:
    """Contradicted only if every share is that low."""
    arena = moved(tables["arena"], module.NAMED["Kimi K2"], -300)
    found = verdict("not-a-one-horse-race", arena=arena, arena_models=tables["arena_models"])
    shares = found.numbers["share_of_votes_models_named"]
    assert shares["Kimi K2"] < module.FAR_BEHIND < module.IN_THE_RACE < shares["GLM-4.5"]
    assert found.outcome == Outcome.PARTLY


def test_race_starts_at_the_first_board_in_whatever_order(tables: dict[str, pd.DataFrame]) -> None:
    found = verdict(
        "not-a-one-horse-race",
        arena=tables["arena"].iloc[::-1],
        arena_models=tables["arena_models"],
    )
    assert found.numbers == verdict("not-a-one-horse-race").numbers


def test_race_without_boards(tables: dict[str, pd.DataFrame]) -> None:
    found = verdict(
        "not-a-one-horse-race",
        arena=tables["arena"].head(0),
        arena_models=tables["arena_models"],
    )
    assert found.outcome == Outcome.CANNOT_TELL
