"""Every chapter keeps the contract, and every rule of the contract can be broken."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import contract
import pytest
from contract import Chapter, Rule

from bookpress.sources import write_yaml

CHAPTERS = contract.all_chapters()


def test_there_are_chapters() -> None:
    names = {chapter.name for chapter in CHAPTERS}
    assert {"start/the-article", "export-controls/the-rule-as-code"} <= names


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.name)
@pytest.mark.parametrize("rule", contract.RULES, ids=lambda rule: rule.__name__)
def test_chapter_keeps(rule: Rule, chapter: Chapter) -> None:
    broken = list(rule(chapter))
    assert not broken, "\n" + "\n".join(broken)


def test_bibliography_holds_only_what_is_used() -> None:
    """Every entry is cited in a page or named as the source of a row."""
    pages = contract.CHAPTERS.rglob("*.md")
    cited = set().union(*(contract.cited_keys(page.read_text("utf-8")) for page in pages))
    unused = contract.bib_keys() - cited - contract.table_keys()
    assert not unused, f"data/references.bib: remove or cite {', '.join(sorted(unused))}"


def test_pages_outside_the_contract_cite_known_works() -> None:
    """The first page, the glossary and other plain pages."""
    for path in contract.CHAPTERS.rglob("*.md"):
        name = path.relative_to(contract.CHAPTERS).with_suffix("").as_posix()
        broken = list(contract.citations_are_known(Chapter(name, path.read_text("utf-8"))))
        assert not broken, "\n".join(broken)


def test_figure_names_are_unique_in_the_book() -> None:
    names = Counter(str(c.figure["name"]) for ch in CHAPTERS for c in ch.cells if c.figure)
    assert [name for name, count in names.items() if count > 1] == []


# --- the rules themselves -----------------------------------------------------------------

FILLER = " ".join(["Each word of this filler counts as one word of the text."] * 115)
IDS = [f"the-rule-as-code-{number}" for number in range(1, 5)]

GOOD = (
    """\
---
file_format: mystnb
kernelspec:
  name: python3
  display_name: Python 3
bridgebook:
  minutes: 60
  claims: [controls-are-western]
  needs: []
  tables: [chips, control_rules, control_timeline]
  objectives:
    o1: compute a number from a table
    o2: judge a claim by its measure
    o3: find what is missing
  exercises:
    the-rule-as-code-1: o1
    the-rule-as-code-2: o2
    the-rule-as-code-3: o3
    the-rule-as-code-4: o1
---

# Which chips are fast?

```{chapter-card}
```

A paragraph without numbers.

```{objectives}
```

## A first section

FILLER

```{code-cell} ipython3
import bridgebook as bb

chips = bb.load("chips")
```

```{code-cell} ipython3
:tags: [remove-cell]
bb.glue(n_chips=len(chips))
```

The table has {glue:text}`n_chips` chips. {numref}`fig-one`, {numref}`fig-two`
and {numref}`fig-three` show them.

```{code-cell} ipython3
---
mystnb:
  figure:
    name: fig-one
    caption: "One sentence to read below it."
---
fig, ax = bb.figure()
for name, row in chips.iterrows():
    ax.text(0, 0, name)
bb.show(fig, data=chips, alt="Eight words are needed to describe this picture.")
```

```{code-cell} ipython3
---
mystnb:
  figure:
    name: fig-two
    caption: "Another sentence to read below it."
---
bb.show(fig, data=chips, alt="Eight other words are needed to describe this picture.")
```

Some words.

## A second section

In October 2022 the H20 had 96 GB {cite:p}`fr2022_21658`. On 7 October 2022 nothing else happened.

```{code-cell} ipython3
---
mystnb:
  figure:
    name: fig-three
    caption: "A third sentence to read below it."
---
bb.frames([], {}, title="Move it")
```

## The other reading

Words.

## Verdict

```{code-cell} ipython3
bb.verdict("controls-are-western")
```

## Exercises

""".replace("FILLER", FILLER)
    + "\n".join(
        f"""\
```{{exercise-start}} Task
:label: {name}
```
*Compute.* Do it.

```{{code-cell}} ipython3
bb.check("{name}", ...)
```
```{{exercise-end}}
```

```{{solution-start}} {name}
:class: dropdown
```
The answer is 400 chips.
```{{solution-end}}
```
"""
        for name in IDS
    )
    + """
## Quiz

```{quiz} part/sample
```

## In one minute

:::{admonition} In one minute
:class: in-one-minute

Words.
:::

## What would change our mind

Words.

## Further reading

See {cite:t}`fr2022_21658`.
"""
)


@pytest.fixture
def surroundings(tmp_path: Path) -> dict[str, Path]:
    """A question bank and a ledger that fit the sample."""
    bank = tmp_path / "part" / "sample.yml"
    bank.parent.mkdir()
    write_yaml(bank, {"questions": [{"objective": "o1"}] * 4})
    ledger = tmp_path / "claims.yml"
    claims = [
        {"id": "controls-are-western", "chapter": "part/sample"},
        {"id": "controls-curtail-ai", "chapter": "part/other"},
        {"id": "not-decided", "chapter": "part/sample"},
    ]
    write_yaml(ledger, {"claims": claims})
    return {"banks": tmp_path, "ledger": ledger}


def sample(
    surroundings: dict[str, Path], *edits: tuple[str, str], name: str = "part/sample"
) -> Chapter:
    """The good chapter with all occurrences of some text replaced; there must be one."""
    text = GOOD
    for old, new in edits:
        assert old in text, f"the sample does not hold {old!r}"
        text = text.replace(old, new)
    return Chapter(name, text, **surroundings)


@pytest.mark.parametrize("rule", contract.RULES, ids=lambda rule: rule.__name__)
def test_a_good_chapter_breaks_nothing(rule: Rule, surroundings: dict[str, Path]) -> None:
    assert list(rule(sample(surroundings))) == []


LOAD = 'chips = bb.load("chips")'
LONG = f"{LOAD}\n" + "\n".join(f"x{i} = {i}" for i in range(26))
CELL = "```{code-cell} ipython3\nx = 1\n```\n\n"
LABEL = ":label: the-rule-as-code-2"
SOLUTION = "{solution-start} the-rule-as-code-2"
BAD: list[tuple[Rule, str, str, str]] = [
    (contract.title_is_a_question, "are fast?", "are fast", "ends with '?'"),
    (contract.title_is_a_question, "## A first", "# A first", "2 titles"),
    (contract.parts_are_in_order, "```{chapter-card}", "```{note}", "chapter-card"),
    (contract.parts_are_in_order, "```{objectives}", "```{note}", "objectives"),
    (contract.parts_are_in_order, "## The other reading", "## Objections", "last sections"),
    (contract.parts_are_in_order, "## Verdict", "## Judgement", "last sections"),
    (contract.parts_are_in_order, "## In one minute", "## Extra\n\n## In one minute", "last sec"),
    (contract.parts_are_in_order, "## A second section", "### A second section", "two sections"),
    (contract.quiz_is_its_own, "{quiz} part/sample", "{quiz} part/other", "part/other"),
    (contract.quiz_is_its_own, "```{quiz} part/sample", "```{note}", "found []"),
    (contract.objectives_are_served, "code-3: o3", "code-3: o2", "o3 is served by no"),
    (contract.objectives_are_served, "code-3: o3", "code-3: o9", "o9, which is no objective"),
    (contract.objectives_are_served, "    o3: find what is missing\n", "", "2 objectives"),
    (contract.objectives_can_be_tested, "o1: compute", "o1: understand", "'understand'"),
    (contract.exercises_have_solutions, LABEL, ":label: sample-9", "not in the text"),
    (contract.exercises_have_solutions, SOLUTION, "{note}", "no solution"),
    (contract.exercises_have_solutions, ":class: dropdown", ":class: plain", "not folded"),
    (contract.exercises_have_solutions, "    the-rule-as-code-4: o1\n", "", "not declared"),
    (contract.checks_belong_to_exercises, 'check("the-rule-as-code-1"', 'check("x-7"', "x-7"),
    (contract.checks_belong_to_exercises, "the-rule-as-code-1", "odd-1", "does not know"),
    (contract.claims_are_known, "[controls-are-western]", "[no-such-claim]", "not in data/claims"),
    (contract.claims_are_known, "[controls-are-western]", "[controls-curtail-ai]", "part/other"),
    (contract.claims_are_known, "[controls-are-western]", "[not-decided]", "has no rule"),
    (contract.claims_are_known, "[controls-are-western]", "[]", "decided here and not declared"),
    (contract.claims_are_known, "[controls-are-western]", "[]", "does not declare"),
    (contract.claims_are_known, 'bb.verdict("controls-are-western")', "1", "gets no verdict"),
    (contract.tables_are_declared, "[chips, ", "[", "chips is loaded and not declared"),
    (contract.tables_are_declared, "[chips, ", "[chips, claims, ", "claims is declared and never"),
    (contract.length_is_right, FILLER, "Short.", "words"),
    (contract.length_is_right, FILLER, f"{FILLER} {FILLER} {FILLER}", "words"),
    (contract.figures_are_few_and_movable, "bb.frames(", "bb.show(", "nothing to move"),
    (contract.figures_are_few_and_movable, "mystnb:\n  figure:", "mystnb:\n  other:", "0 figures"),
    (contract.figures_are_named_once, "name: fig-one", "name: one", "needs name"),
    (contract.figures_are_named_once, "name: fig-one", "name: fig-two", "appears twice"),
    (contract.figures_are_named_once, "read below it.", "read below it", "full stop"),
    (contract.figures_are_referred_to, "{numref}`fig-one`", "A figure", "never refers to fig-one"),
    (contract.figures_are_referred_to, "{numref}`fig-one`", "{numref}`fig-x`", "no figure fig-x"),
    (contract.cells_are_short, "\nbb.", "\n" + "y = 1\n" * 9 + "bb.", "median"),
    (contract.long_cells_are_folded, LOAD, LONG, "28 lines of visible code"),
    (contract.code_runs_are_short, "Some words.\n", CELL + CELL, "fourth code cell"),
    (
        contract.tables_are_not_looped_over,
        LOAD,
        f"{LOAD}\nfor i, row in chips.iterrows():\n    pass",
        "loop over rows",
    ),
    (
        contract.tables_are_not_looped_over,
        LOAD,
        f'{LOAD}\nx = chips.apply(lambda row: row["tpp"], axis=1)',
        "loop over rows",
    ),
    (contract.numbers_have_a_source, "Some words.", "China has 400 chips.", "400: no citation"),
    (contract.numbers_have_a_source, "Some words.", "It fell by 7%.", "7: no citation"),
    (contract.numbers_have_a_source, "Some words.", "- one\n- 12 firms, `x`", "12: no citation"),
    (
        contract.numbers_beside_computed_ones_are_cited,
        "chips. {num",
        "of 99 chips. {num",
        "99 typed",
    ),
    (contract.numbers_beside_computed_ones_are_cited, "chips. {num", "or 1.5. {num", "1.5 typed"),
    (contract.glue_is_used, "glue(n_chips", "glue(n_unused=1, n_chips", "n_unused is glued"),
    (contract.colours_have_names, LOAD, f'{LOAD}\nred = "#D55E00"', "#D55E00: take"),
    (contract.nothing_is_left_over, "Some words.", "Some words. TODO", "TODO"),
    (contract.nothing_is_left_over, "Some words.", "Some [unverified] words.", "unverified"),
    (contract.citations_are_known, "fr2022_21658", "nobody1999", "nobody1999"),
]


@pytest.mark.parametrize(
    ("rule", "old", "new", "message"),
    BAD,
    ids=[f"{rule.__name__}-{number}" for number, (rule, *_) in enumerate(BAD)],
)
def test_a_bad_chapter_is_caught(
    rule: Rule, old: str, new: str, message: str, surroundings: dict[str, Path]
) -> None:
    broken = list(rule(sample(surroundings, (old, new))))
    assert any(message in line for line in broken), broken
    assert all(line.startswith("chapters/part/sample.md:") for line in broken)


def test_every_rule_has_a_bad_chapter() -> None:
    assert {rule.__name__ for rule in contract.RULES} == {rule.__name__ for rule, *_ in BAD}


def test_solutions_follow_the_order_of_exercises(surroundings: dict[str, Path]) -> None:
    first, second = ("{solution-start} the-rule-as-code-1", SOLUTION)
    chapter = sample(
        surroundings,
        (first, "{solution-start} x"),
        (SOLUTION, first),
        ("start} x", "start} the-rule-as-code-2"),
    )
    assert second in chapter.text
    assert any("not in the order" in line for line in contract.exercises_have_solutions(chapter))


def test_bank_has_four_to_six_questions(surroundings: dict[str, Path]) -> None:
    bank = surroundings["banks"] / "part" / "sample.yml"
    for count, fine in ((3, False), (4, True), (6, True), (7, False)):
        write_yaml(bank, {"questions": [{"objective": "o1"}] * count})
        assert (list(contract.quiz_is_its_own(sample(surroundings))) == []) is fine


def test_a_question_may_serve_an_objective(surroundings: dict[str, Path]) -> None:
    bank = surroundings["banks"] / "part" / "sample.yml"
    write_yaml(bank, {"questions": [{"objective": "o3"}] * 4})
    chapter = sample(surroundings, ("code-3: o3", "code-3: o2"))
    assert list(contract.objectives_are_served(chapter)) == []


def test_messages_point_to_the_line(surroundings: dict[str, Path]) -> None:
    chapter = sample(surroundings, ("Some words.", "China has 400 chips."))
    line = chapter.text.splitlines().index("China has 400 chips.") + 1
    assert next(contract.numbers_have_a_source(chapter)).startswith(
        f"chapters/part/sample.md:{line}: "
    )
    chapter = sample(surroundings, ("bb.frames(", "bb.load('claims')\nbb.frames("))
    line = chapter.text.splitlines().index("bb.load('claims')") + 1
    assert any(f".md:{line}: " in text for text in contract.tables_are_declared(chapter))


def test_chapters_at_the_start_need_no_verdict(surroundings: dict[str, Path]) -> None:
    chapter = sample(
        surroundings,
        ('## Verdict\n\n```{code-cell} ipython3\nbb.verdict("controls-are-western")\n```\n', ""),
        ("[controls-are-western]", "[]"),
        name="start/sample",
    )
    assert list(contract.parts_are_in_order(chapter)) == []
    assert list(contract.claims_are_known(chapter)) == []
    assert list(contract.parts_are_in_order(Chapter("part/sample", chapter.text)))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("In 2022 and in 2023–24 the rules of the 1990s changed.", []),
        ("On 7 October 2022, and on 14 and 15 August 2025, it changed.", []),
        ("The H20, A100/A800, 3A090, GLM-4.5, MI325X and 8-bit numbers.", []),
        ("The RTX 4090 D and Intel's Max 1550 are cards.", []),
        ("Paragraphs 3 and 4; groups 2 to 4; ¶ 2.", []),
        ("A factor `2 * 8` and $b \\times 16$ and {glue:text}`n_3`.", []),
        ("See [the 3 rules](../a/b-12.md).", ["3"]),
        ("It costs 1.4 trillion dollars, or 12,096 in all, 7% more.", ["1.4", "12,096", "7"]),
        ("Of 2,022 chips 2022 is no year when 2022% is meant.", ["2,022", "2022"]),
        ("A speed of 0 is known; 0.5 is a figure, and so is 10.", ["0.5", "10"]),
        ("May 5 chips be sold? 5 may.", ["5"]),
    ],
)
def test_what_counts_as_a_figure(text: str, found: list[str]) -> None:
    assert contract.figures_in(text) == found


def test_an_author_can_give_a_reason_for_a_typed_number(surroundings: dict[str, Path]) -> None:
    text = "A kilobyte has 1024 bytes and {glue:text}`n_chips` chips."
    for gap in ("\n\n", "\n"):
        chapter = sample(surroundings, ("Some words.", f"<!-- typed: a definition -->{gap}{text}"))
        assert list(contract.numbers_beside_computed_ones_are_cited(chapter)) == []
    # It holds for the next paragraph only.
    both = f"<!-- typed: a definition -->\n\n{text}\n\nAnd {text}"
    chapter = sample(surroundings, ("Some words.", both))
    assert len(list(contract.numbers_beside_computed_ones_are_cited(chapter))) == 1


def test_solutions_may_state_numbers(surroundings: dict[str, Path]) -> None:
    """They are answers, not claims; the sample's say 400 chips."""
    blocks = sample(surroundings).blocks
    assert any(block.solution and "400" in block.text for block in blocks)
