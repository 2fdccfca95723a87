"""Verdicts of the chapter ``open-models/how-good``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from bridgebook.ledger import Outcome
from bridgebook.methods import intervals, ratings
from bridgebook.verdicts import Finding, rule
from bridgebook.wording import listed

# --- who is compared with whom ------------------------------------------------------------

NAMES: dict[str, dict[str, str]] = {
    "GLM-4-Plus": {"votes": "glm-4-plus", "developer": "GLM-4-Plus"},
    "GLM-4.5": {
        "votes": "glm-4.5",
        "swe_bench_verified": "GLM-4.5 (2025-08-22)",
        "hle": "glm-4.5",
    },
    "Kimi K2": {
        "votes": "kimi-k2-0711-preview",
        "swe_bench_verified": "Kimi K2 Instruct",
        "aider_polyglot": "Kimi K2",
        "terminal_bench_2": "Kimi-K2-Instruct",
        "developer": "Kimi K2 Instruct",
    },
    "GPT-4o (May 2024)": {"votes": "gpt-4o-2024-05-13", "developer": "GPT-4o"},
    "GPT-4o (Aug 2024)": {"votes": "gpt-4o-2024-08-06", "developer": "GPT-4o"},
    "GPT-4o (Nov 2024)": {"swe_bench_verified": "GPT-4o (2024-11-20)", "hle": "gpt-4o-2024-11-20"},
    "ChatGPT (Aug 2024)": {"votes": "chatgpt-4o-latest-2024-08-08"},
    "ChatGPT (Sep 2024)": {"votes": "chatgpt-4o-latest-2024-09-03"},
    "ChatGPT (Mar 2025)": {"votes": "chatgpt-4o-latest-20250326"},
    "ChatGPT (Aug 2025)": {"votes": "gpt-5-chat"},
    "GPT-5": {
        "votes": "gpt-5-high",
        "swe_bench_verified": "GPT-5 (2025-08-07) (medium reasoning)",
    },
    "Claude Opus 4.1": {"votes": "claude-opus-4-1-20250805"},
    "Gemini 2.5 Pro": {
        "votes": "gemini-2.5-pro",
        "swe_bench_verified": "Gemini 2.5 Pro (2025-05-06)",
        "aider_polyglot": "gemini-2.5-pro-preview-06-05 (default think)",
        "terminal_bench_2": "gemini-2.5-pro",
    },
    "Grok 4": {
        "votes": "grok-4-0709",
        "aider_polyglot": "grok-4 (high)",
        "terminal_bench_2": "grok-4-0709",
    },
    "DeepSeek-V3-0324": {
        "votes": "deepseek-v3-0324",
        "aider_polyglot": "DeepSeek V3 (0324)",
        "developer": "DeepSeek-V3-0324",
    },
    "Qwen3-235B": {
        "votes": "qwen3-235b-a22b-no-thinking",
        "aider_polyglot": "Qwen3 235B A22B diff, no think, Alibaba API",
        "developer": "Qwen3-235B-A22B (non-thinking)",
    },
    "Llama 4 Maverick": {
        "votes": "llama-4-maverick-17b-128e-instruct",
        "swe_bench_verified": "Llama 4 Maverick Instruct",
        "aider_polyglot": "Llama 4 Maverick",
    },
    "GPT-4.1": {
        "votes": "gpt-4.1-2025-04-14",
        "swe_bench_verified": "GPT-4.1 (2025-04-14)",
        "aider_polyglot": "gpt-4.1",
        "developer": "GPT-4.1",
    },
    "Claude Sonnet 4": {
        "votes": "claude-sonnet-4-20250514",
        "swe_bench_verified": "Claude 4 Sonnet (20250514)",
        "aider_polyglot": "claude-sonnet-4-20250514 (no thinking)",
        "developer": "Claude Sonnet 4 (no extended thinking)",
    },
    "Claude Opus 4": {
        "votes": "claude-opus-4-20250514",
        "swe_bench_verified": "Claude 4 Opus (20250514)",
        "aider_polyglot": "claude-opus-4-20250514 (no think)",
        "developer": "Claude Opus 4 (no extended thinking)",
    },
    "o3": {
        "votes": "o3-2025-04-16",
        "swe_bench_verified": "o3 (2025-04-16)",
        "aider_polyglot": "o3",
    },
}
"""One model under its name in each table: ``version_key`` for votes, ``model`` for tests. Zhipu
does not say which GPT-4o is in its table, so both versions of that time get the same column of it.
Where a tester ran several settings of a model, the default one is taken."""

CONTESTS: dict[str, dict[str, dict[str, list[str]]]] = {
    "glm-4-plus-surpasses-gpt-4o": {
        "GLM-4-Plus": {"GPT-4o": ["GPT-4o (May 2024)", "GPT-4o (Aug 2024)"]}
    },
    "glm-4-5-surpasses-gpt-4o": {
        "GLM-4.5": {"GPT-4o": ["GPT-4o (May 2024)", "GPT-4o (Aug 2024)", "GPT-4o (Nov 2024)"]}
    },
    "glm-surpasses-chatgpt": {
        "GLM-4-Plus": {"ChatGPT": ["ChatGPT (Aug 2024)", "ChatGPT (Sep 2024)"]},
        "GLM-4.5": {"ChatGPT": ["ChatGPT (Mar 2025)", "ChatGPT (Aug 2025)"]},
    },
    "same-month": {
        "GLM-4.5": {"leading": ["GPT-5", "Claude Opus 4.1", "Gemini 2.5 Pro", "Grok 4"]}
    },
    "kimi-k2-outperforms": {
        "Kimi K2": {
            "open": ["DeepSeek-V3-0324", "Qwen3-235B", "Llama 4 Maverick"],
            "closed": ["GPT-4.1", "Claude Sonnet 4", "Claude Opus 4"],
            "leading": ["o3", "Gemini 2.5 Pro", "Grok 4"],
        }
    },
}
"""The comparisons that each claim implies: model, group, rivals. ChatGPT is two models for each
GLM: the one it served on the day of the release and its next, which came within ten days.
*same-month* is no claim: what OpenAI, Anthropic, Google and xAI sold as their best when GLM-4.5 was
new. For Kimi K2, *open* and *closed* rivals answer without extended reasoning, as it does itself;
*leading* ones are the best that one could buy in July 2025."""

QUESTIONS = {"swe_bench_verified": 500, "aider_polyglot": 225}
"""Tasks of the tests whose files give no standard error; the interval follows from the count."""

IN_WORDS = {
    "votes, style control": "votes with style control",
    "swe_bench_verified": "SWE-bench Verified",
    "aider_polyglot": "Aider polyglot",
    "hle": "Humanity's Last Exam",
    "terminal_bench_2": "Terminal-Bench 2",
}
"""Readable names of measures."""

SAME_AGENT = "mini_swe_agent_v1"
"""The program around the model in the SWE-bench team's own runs: one for all models."""

SAME_TERMINAL = "Terminus 2"
"""The program around the model in the Terminal-Bench runs that are compared."""

CLEAR = 0.05
"""A difference is clear if its p-value, adjusted for the number of comparisons, is below this."""


# --- comparisons on independent measures --------------------------------------------------


def compared(
    arena: pd.DataFrame,
    arena_models: pd.DataFrame,
    benchmarks: pd.DataFrame,
    benchmarks_reports: pd.DataFrame,
) -> pd.DataFrame:
    """Compare every pair of models on every independent measure that has both.

    Returns
    -------
    pandas.DataFrame
        ``claim``, ``model``, ``group``, ``rival``, ``measure``, ``date`` (of the board; missing for
        tests), ``difference`` with ``low`` and ``high`` (rating points for votes, percentage points
        for tests), ``p_holm`` (adjusted within the claim) and ``result``: ahead, level or behind.
    """
    scores = pd.concat([_votes(arena, arena_models), _tests(benchmarks, benchmarks_reports)])
    own, other = scores.add_suffix("_a"), scores.add_suffix("_b")
    pairs = contests().merge(own, left_on="model", right_on="name_a")
    # A missing date, that of a test, meets a missing date.
    same = ["measure", "date"]
    pairs = pairs.merge(
        other,
        left_on=["rival", *(f"{name}_a" for name in same)],
        right_on=["name_b", *(f"{name}_b" for name in same)],
    ).rename(columns={"measure_a": "measure", "date_a": "date"})
    low, high = intervals.difference_interval(
        *(pairs[name] for name in ("score_a", "low_a", "high_a")),
        *(pairs[name] for name in ("score_b", "low_b", "high_b")),
    )
    pairs = pairs.assign(difference=pairs["score_a"] - pairs["score_b"], low=low, high=high)
    # Of several boards the newest counts: it rests on the most votes.
    key = ["claim", "model", "group", "rival", "measure"]
    newest = pairs.sort_values("date", kind="stable").drop_duplicates(key, keep="last")
    return _judged(newest.sort_index()[[*key, "date", "difference", "low", "high"]])


def contests() -> pd.DataFrame:
    """List :data:`CONTESTS` as a table: one row for each claim, model and rival."""
    rows = [
        (claim, model, group, rival)
        for claim, models in CONTESTS.items()
        for model, groups in models.items()
        for group, rivals in groups.items()
        for rival in rivals
    ]
    return pd.DataFrame(rows, columns=["claim", "model", "group", "rival"])


def _names(measure: str) -> pd.DataFrame:
    """Names of the models in the table of one measure."""
    known = [(name, tables[measure]) for name, tables in NAMES.items() if measure in tables]
    return pd.DataFrame(known, columns=["name", "in_table"])


def _votes(arena: pd.DataFrame, arena_models: pd.DataFrame) -> pd.DataFrame:
    """Ratings with intervals of the models in question; both kinds stay apart as two measures."""
    fitted = arena[arena["rating_method"] == "bradley_terry"].dropna(subset=["ci_low", "ci_high"])
    board_rows = ratings.rated(fitted, arena_models)
    found = board_rows.merge(_names("votes"), left_on="version_key", right_on="in_table")
    found = found.drop(columns="name_x").rename(
        columns={"name_y": "name", "ci_low": "low", "ci_high": "high"}
    )
    style = found["style_control"].astype(bool)
    found["measure"] = style.map({True: "votes, style control", False: "votes as cast"})
    return found[["name", "measure", "date", "score", "low", "high"]]


def _tests(benchmarks: pd.DataFrame, reports: pd.DataFrame) -> pd.DataFrame:
    """Results of independent testers, each test in one setting for all models, with intervals."""
    independent = reports[
        (reports["reported_by"] == "independent") & (reports["scaffold"] == SAME_AGENT)
    ]
    settings = {"terminal_bench_2": SAME_TERMINAL}
    parts = []
    for test in ("swe_bench_verified", "aider_polyglot", "terminal_bench_2", "hle"):
        table = independent if test == "swe_bench_verified" else benchmarks
        rows = table[table["benchmark"] == test]
        if test in settings:
            rows = rows[rows["scaffold"] == settings[test]]
        rows = rows.merge(_names(test), left_on="model", right_on="in_table")
        if test in QUESTIONS:
            low, high = ratings.share_interval(rows["score"], QUESTIONS[test])
        else:
            half = 1.96 * rows["standard_error"]
            low, high = rows["score"] - half, rows["score"] + half
        parts.append(rows.assign(measure=test, date=pd.NaT, low=low, high=high))
    columns = ["name", "measure", "date", "score", "low", "high"]
    return pd.concat(parts)[columns].astype({"date": "datetime64[ns]"})


def _judged(comparisons: pd.DataFrame) -> pd.DataFrame:
    """Add the adjusted p-value and the result of every comparison."""
    comparisons = comparisons.reset_index(drop=True)
    p = pd.Series(
        ratings.two_sided_p(comparisons["difference"], comparisons["low"], comparisons["high"]),
        index=comparisons.index,
    )
    comparisons["p_holm"] = p.groupby(comparisons["claim"]).transform(ratings.holm)
    clear = comparisons["p_holm"] < CLEAR
    sign = (comparisons["difference"] > 0).map({True: "ahead", False: "behind"})
    return comparisons.assign(result=sign.where(clear, "level"))


# --- what developers report ---------------------------------------------------------------

DEVELOPER_TABLES = {"GLM-4-Plus": "bigmodel_glm4_doc", "Kimi K2": "kimi_k2_readme"}
"""The reports in which a developer compares its model with rivals. Of the table that came with
GLM-4.5 only single scores were found."""


def developer_wins(benchmarks_reports: pd.DataFrame) -> pd.DataFrame:
    """Count, rival by rival, on how many lines of its own table a developer's model is higher.

    Returns
    -------
    pandas.DataFrame
        ``model``, ``rival``, ``higher`` and ``tests`` (lines that have both). No interval can be
        given: the reports print none.
    """
    names = _names("developer").rename(columns={"in_table": "model", "name": "own"})
    line = ["benchmark", "metric", "scaffold", "tools"]
    parts = []
    for model, source in DEVELOPER_TABLES.items():
        report = benchmarks_reports[benchmarks_reports["source"] == source]
        report = report.assign(**{name: report[name].astype("string").fillna("") for name in line})
        scores = report[[*line, "model", "score"]].merge(names, on="model")
        mine = scores[scores["own"] == model]
        both = mine.merge(scores[scores["own"] != model], on=line, suffixes=("", "_rival"))
        both = both.assign(higher=both["score"] > both["score_rival"])
        count = both.groupby("own_rival")["higher"].agg(["sum", "size"]).reset_index()
        parts.append(count.assign(model=model))
    found = pd.concat(parts).rename(
        columns={"own_rival": "rival", "sum": "higher", "size": "tests"}
    )
    return found[["model", "rival", "higher", "tests"]].reset_index(drop=True)


# --- from comparisons to an outcome -------------------------------------------------------

MOST = 0.75
"""A claim that holds in three of four comparisons or more is supported by them."""

AT_LEAST_HALF = 0.5
"""A claim that holds in half of the comparisons, but not in most, is partly supported."""


def _outcome(holds: int, all_of_them: int) -> Outcome:
    """Turn a count of comparisons in which a claim holds into an outcome."""
    if not all_of_them:
        return Outcome.CANNOT_TELL
    if not holds:
        return Outcome.CONTRADICTED
    share = holds / all_of_them
    if share >= MOST:
        return Outcome.SUPPORTED
    return Outcome.PARTLY if share >= AT_LEAST_HALF else Outcome.NOT_SUPPORTED


def _tally(rows: pd.DataFrame) -> dict[str, int]:
    """Count results: clearly ahead, level, clearly behind."""
    counted = rows["result"].value_counts()
    return {name: int(counted.get(name, 0)) for name in ("ahead", "level", "behind")}


def _as_good(tally: Mapping[str, int]) -> tuple[int, int]:
    """Comparisons in which a model is as good or better, and all comparisons."""
    return tally["ahead"] + tally["level"], sum(tally.values())


@rule("glm-4-plus-surpasses-gpt-4o")
def _glm_4_plus(
    *,
    arena: pd.DataFrame,
    arena_models: pd.DataFrame,
    benchmarks: pd.DataFrame,
    benchmarks_reports: pd.DataFrame,
) -> Finding:
    """Ask users, and the developer's own table, about every GPT-4o of that time."""
    comparisons = compared(arena, arena_models, benchmarks, benchmarks_reports)
    comparisons = comparisons[comparisons["claim"] == "glm-4-plus-surpasses-gpt-4o"]
    tally = _tally(comparisons)
    own = developer_wins(benchmarks_reports)
    own = own[(own["model"] == "GLM-4-Plus") & own["rival"].str.startswith("GPT-4o")]
    higher, tests = (int(own["higher"].max()), int(own["tests"].max())) if len(own) else (0, 0)
    numbers = {
        "independent_comparisons": tally,
        "developer_table_higher": higher,
        "developer_table_tests": tests,
        "by_version": _by_rival(comparisons),
    }
    good, total = _as_good(tally)
    outcome = _outcome(good, total)
    if not total:
        return Finding(outcome, "No board in the tables rates both models.", numbers)
    table = (
        f" Its developer's own table has it higher on {higher} of {tests} tests." if tests else ""
    )
    reason = (
        f"In user votes GLM-4-Plus is as good as GPT-4o or better in {good} of {total} comparisons "
        f"(two versions of GPT-4o, with and without style control), and clearly behind in "
        f"{tally['behind']}.{table}"
    )
    return Finding(outcome, reason, numbers)


def _by_rival(comparisons: pd.DataFrame) -> dict[str, str]:
    """Describe each rival's results in words: measure and result."""
    described = comparisons.assign(
        text=comparisons["measure"].replace(IN_WORDS) + " " + comparisons["result"]
    )
    return {str(rival): ", ".join(rows["text"]) for rival, rows in described.groupby("rival")}


@rule("glm-4-5-surpasses-gpt-4o")
def _glm_4_5(
    *,
    arena: pd.DataFrame,
    arena_models: pd.DataFrame,
    benchmarks: pd.DataFrame,
    benchmarks_reports: pd.DataFrame,
) -> Finding:
    """Ask users and testers about every GPT-4o, and about the rivals of the same month."""
    everything = compared(arena, arena_models, benchmarks, benchmarks_reports)
    comparisons = everything[everything["claim"] == "glm-4-5-surpasses-gpt-4o"]
    peers = everything[everything["claim"] == "same-month"]
    tally, against = _tally(comparisons), _tally(peers)
    numbers = {
        "independent_comparisons": tally,
        "same_month_comparisons": against,
        "by_version": _by_rival(comparisons),
        "by_peer": _by_rival(peers),
    }
    good, total = _as_good(tally)
    outcome = _outcome(good, total)
    if not total:
        return Finding(outcome, "No board or test in the tables has both models.", numbers)
    reason = (
        f"GLM-4.5 is as good as GPT-4o or better in {good} of {total} independent comparisons, and "
        f"clearly ahead in {tally['ahead']}."
    )
    if sum(against.values()):
        reason += (
            f" Against the leading US models of its own month it is clearly ahead in "
            f"{against['ahead']} of {sum(against.values())} and clearly behind in "
            f"{against['behind']}."
        )
    return Finding(outcome, reason, numbers)


@rule("glm-surpasses-chatgpt")
def _chatgpt(
    *,
    arena: pd.DataFrame,
    arena_models: pd.DataFrame,
    benchmarks: pd.DataFrame,
    benchmarks_reports: pd.DataFrame,
) -> Finding:
    """Judge each GLM against what ChatGPT served when it came out; both have to hold."""
    comparisons = compared(arena, arena_models, benchmarks, benchmarks_reports)
    comparisons = comparisons[comparisons["claim"] == "glm-surpasses-chatgpt"]
    tallies = {str(model): _tally(rows) for model, rows in comparisons.groupby("model")}
    outcomes = {model: _outcome(*_as_good(tally)) for model, tally in tallies.items()}
    numbers = {"comparisons": tallies, "outcomes": {m: str(o) for m, o in outcomes.items()}}
    if not outcomes:
        return Finding(Outcome.CANNOT_TELL, "No board in the tables rates both.", numbers)
    kinds = set(outcomes.values())
    if len(kinds) == 1:
        (outcome,) = kinds
    elif kinds & {Outcome.SUPPORTED, Outcome.PARTLY}:
        outcome = Outcome.PARTLY
    else:
        outcome = Outcome.NOT_SUPPORTED
    parts = [
        f"{model} is as good or better in {_as_good(tally)[0]} of {_as_good(tally)[1]} comparisons"
        for model, tally in tallies.items()
    ]
    reason = (
        f"In user votes, against what ChatGPT served at each release, {listed(parts)}. "
        f"Votes as cast: {_style(comparisons, False)}; with style control: {_style(comparisons)}."
    )
    return Finding(outcome, reason, numbers)


def _style(comparisons: pd.DataFrame, control: bool = True) -> str:
    """Summarise the results of one kind of votes."""
    measure = "votes, style control" if control else "votes as cast"
    tally = _tally(comparisons[comparisons["measure"] == measure])
    words = [f"{count} {name}" for name, count in tally.items() if count]
    return listed(words) if words else "no comparison"


@rule("kimi-k2-outperforms")
def _kimi(
    *,
    arena: pd.DataFrame,
    arena_models: pd.DataFrame,
    benchmarks: pd.DataFrame,
    benchmarks_reports: pd.DataFrame,
) -> Finding:
    """Ask in how many comparisons Kimi K2 is clearly ahead, for each kind of competitor."""
    comparisons = compared(arena, arena_models, benchmarks, benchmarks_reports)
    comparisons = comparisons[comparisons["claim"] == "kimi-k2-outperforms"]
    kinds = {
        "open": "open models",
        "closed": "closed models without reasoning",
        "leading": "leading models",
    }
    tallies = {
        words: _tally(comparisons[comparisons["group"] == group])
        for group, words in kinds.items()
        if (comparisons["group"] == group).any()
    }
    ahead = {group: tally["ahead"] / sum(tally.values()) for group, tally in tallies.items()}
    numbers = {
        "comparisons": tallies,
        "share_clearly_ahead": ahead,
        "by_rival": _by_rival(comparisons),
    }
    if not ahead:
        return Finding(Outcome.CANNOT_TELL, "No board or test has Kimi K2 and a rival.", numbers)
    shares = list(ahead.values())
    if min(shares) >= MOST:
        outcome = Outcome.SUPPORTED
    elif max(shares) >= AT_LEAST_HALF:
        outcome = Outcome.PARTLY
    else:
        outcome = Outcome.NOT_SUPPORTED if max(shares) else Outcome.CONTRADICTED
    parts = [
        f"{group}, ahead in {tally['ahead']}, level in {tally['level']}, behind in "
        f"{tally['behind']}"
        for group, tally in tallies.items()
    ]
    reason = f"Kimi K2 in independent comparisons with {'; with '.join(parts)}."
    return Finding(outcome, reason, numbers)


# --- the distance of two countries --------------------------------------------------------

CLEARLY_CLOSER = 10.0
"""Rating points by which a gap has to shrink. The interval of a gap between two leaders is about as
wide on either side, so a smaller change can come from the votes alone."""

MONTHS_SHORTER = 1.0
"""Months by which the lag has to shrink; the days of releases are known to about a week."""

MIN_POINTS = 4
"""Boards or records that a line needs before its first half is compared with its second."""

INDEX = "epoch_index"
"""Epoch AI's index, which combines many tests, is the ruler of the frontier."""


@rule("rapid-advance")
def _rapid(*, arena: pd.DataFrame, arena_models: pd.DataFrame, benchmarks: pd.DataFrame) -> Finding:
    """Read fast as faster than the frontier: every gap, and the lag, shrink from half to half."""
    series = {
        str(line): rows["gap"]
        for line, rows in ratings.gaps(ratings.rated(arena, arena_models)).groupby("line")
    }
    changes = {line: _halves(gap) for line, gap in series.items() if len(gap) >= MIN_POINTS}
    closer = {line: before - after >= CLEARLY_CLOSER for line, (before, after) in changes.items()}
    months = index_lag(benchmarks)["days"] / ratings.DAYS_PER_MONTH
    if len(months.dropna()) >= MIN_POINTS:
        changes["lag on Epoch's index in months"] = _halves(months.dropna())
        before, after = changes["lag on Epoch's index in months"]
        closer["lag on Epoch's index in months"] = before - after >= MONTHS_SHORTER
    shrinking = [line for line, yes in closer.items() if yes]
    numbers: dict[str, Any] = {
        f"{line}, earlier and later half": list(pair) for line, pair in changes.items()
    }
    numbers |= {"lines_that_shrink": shrinking, "lines": len(closer)}
    if not closer:
        return Finding(Outcome.CANNOT_TELL, "Too few boards and records for a trend.", numbers)
    steps = "; ".join(
        f"{line}, {before:.3g} to {after:.3g}" for line, (before, after) in changes.items()
    )
    reason = (
        f"The distance to the best US model shrinks in {len(shrinking)} of {len(closer)} lines "
        f"(median of the earlier half to median of the later half: {steps})."
    )
    if len(shrinking) == len(closer):
        return Finding(Outcome.SUPPORTED, reason, numbers)
    return Finding(Outcome.PARTLY if shrinking else Outcome.NOT_SUPPORTED, reason, numbers)


def index_lag(benchmarks: pd.DataFrame) -> pd.DataFrame:
    """Find, for every Chinese record on the index, when a US model had reached that level."""
    best = index_records(benchmarks)
    return ratings.lag(best["CHN"], best["USA"])


def index_records(benchmarks: pd.DataFrame) -> dict[str, pd.Series]:
    """Keep the records of both countries on the index, by day of release."""
    rows = benchmarks[benchmarks["benchmark"] == INDEX]
    return {
        country: ratings.records(rows[rows["iso3"] == country], "model_release_date", "score")
        for country in ("CHN", "USA")
    }


def _halves(values: pd.Series) -> tuple[float, float]:
    """Medians of the first and of the last half; the middle of an odd number belongs to neither."""
    half = len(values) // 2
    return float(values.iloc[:half].median()), float(values.iloc[-half:].median())


IN_THE_RACE = 0.4
"""Share of decided votes that the best Chinese model would win against the best US model. At 0.4 it
loses three of five: behind, and yet a competitor. Even is 0.5."""

FAR_BEHIND = 0.25
"""Below this the leader wins three of four decided votes: no contest at the top."""

NAMED = {"GLM-4.5": "glm-4.5", "Kimi K2": "kimi-k2-0711-preview"}
"""The two models that the claim names, by ``version_key``."""


@rule("not-a-one-horse-race")
def _race(*, arena: pd.DataFrame, arena_models: pd.DataFrame) -> Finding:
    """Ask what share of votes China's best, and the two models named, win against the US leader."""
    fitted = arena[arena["rating_method"] == "bradley_terry"]
    board_rows = ratings.rated(fitted, arena_models)
    boards = ratings.gaps(board_rows)
    newest = boards.drop_duplicates("line", keep="last").set_index("line")
    best = {str(line): 1 - share for line, share in newest["win_probability"].items()}
    named = _named_against_leader(board_rows)
    numbers = {
        "newest_gap_points": {str(line): float(gap) for line, gap in newest["gap"].items()},
        "newest_gap_interval": {
            str(line): [float(low), float(high)]
            for line, low, high in zip(newest.index, newest["low"], newest["high"], strict=True)
        },
        "share_of_votes_best_chinese_model": best,
        "share_of_votes_models_named": named,
        "boards_led_by_a_us_model": int((boards["gap"] > 0).sum()),
        "boards": len(boards),
    }
    if not best or not named:
        return Finding(Outcome.CANNOT_TELL, "No board rates both countries' models.", numbers)
    shares = [*best.values(), *named.values()]
    if min(shares) >= IN_THE_RACE:
        outcome = Outcome.SUPPORTED
    elif max(shares) < FAR_BEHIND:
        outcome = Outcome.CONTRADICTED
    else:
        outcome = Outcome.PARTLY if max(shares) >= IN_THE_RACE else Outcome.NOT_SUPPORTED
    words = ", ".join(f"{share:.0%} ({line})" for line, share in best.items())
    models = listed([f"{model} {share:.0%}" for model, share in named.items()])
    reason = (
        f"Against the best US model, the best Chinese model would win {words} of decided votes on "
        f"the newest boards; on their first board with style control, {models}. A US model leads "
        f"{numbers['boards_led_by_a_us_model']} of the {len(boards)} boards since "
        f"{boards['date'].min():%B %Y}."
    )
    return Finding(outcome, reason, numbers)


def _named_against_leader(board_rows: pd.DataFrame) -> dict[str, float]:
    """Share of votes of each named model against the US leader, first board with style control."""
    style = board_rows[board_rows["style_control"].fillna(False).astype(bool)]
    top = ratings.leaders(style, "USA")["score"].rename("top").reset_index()
    found = {}
    for model, key in NAMED.items():
        own = style[style["version_key"] == key].merge(top, on=ratings.RULER).sort_values("date")
        if len(own):
            first = own.iloc[0]
            found[model] = float(ratings.win_probability(first["score"] - first["top"]))
    return found
