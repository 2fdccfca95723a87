"""The chapter contract: what every chapter has, checked in its source."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import median
from typing import Any

import pytest
import yaml

from bridgebook import catalog, exercises
from bridgebook.claims import RULES, claims
from bridgebook.site import execute
from bridgebook.site.chapter import front_matter

ROOT = Path(__file__).resolve().parents[2]
CITED = re.compile(r"\{cite(?::[a-z]+)?\}`([^`]+)`")
SECTIONS = [
    "The other reading",
    "Verdict",
    "Exercises",
    "Quiz",
    "In one minute",
    "What would change our mind",
    "Further reading",
]


@dataclass(frozen=True)
class Source:
    """A chapter as its author wrote it."""

    name: str
    text: str

    @cached_property
    def declared(self) -> dict[str, Any]:
        return front_matter(self.text)

    @cached_property
    def cells(self) -> list[Any]:
        return [c for c in execute.parse(self.text).cells if c.source.strip()]

    @cached_property
    def bank(self) -> list[dict[str, Any]]:
        path = ROOT / "teaching" / "questions" / f"{self.name}.yml"
        return list(yaml.safe_load(path.read_text("utf-8"))["questions"])

    @cached_property
    def prose(self) -> str:
        """The text without front matter, code, directives' options and formulas."""
        body = self.text.split("\n---\n", 1)[1]
        body = re.sub(r"^```\{(?:code-cell|literalinclude)\}.*?^```$", "", body, flags=re.M | re.S)
        body = re.sub(r"^\$\$.*?^\$\$$", "", body, flags=re.M | re.S)
        body = re.sub(r"^(?:```|:::).*$|^:[a-z]+:.*$", "", body, flags=re.M)
        return re.sub(r"\$[^$\n]+\$", "", body)

    def tags(self, cell: Any) -> list[str]:
        return list(cell.metadata.get("tags", []))

    def shown(self) -> list[Any]:
        """Code cells that a reader sees."""
        code = [c for c in self.cells if c.cell_type == "code"]
        return [c for c in code if "remove-cell" not in self.tags(c)]

    def figures(self) -> list[str]:
        names = (c.metadata.get("mystnb", {}).get("figure", {}).get("name") for c in self.cells)
        return [name for name in names if name]


def sources() -> list[Source]:
    found = []
    for path in sorted((ROOT / "chapters").glob("*/*.md")):
        source = Source(
            path.relative_to(ROOT / "chapters").with_suffix("").as_posix(), path.read_text("utf-8")
        )
        if source.declared:
            found.append(source)
    return found


CHAPTERS = sources()
each_chapter = pytest.mark.parametrize("chapter", CHAPTERS, ids=[c.name for c in CHAPTERS])


def lines_of(cell: Any) -> int:
    return sum(1 for line in cell.source.splitlines() if line.strip())


def test_there_are_chapters() -> None:
    assert len(CHAPTERS) >= 3


@each_chapter
def test_title_is_a_question_and_the_card_follows(chapter: Source) -> None:
    titles = re.findall(r"^# (.+)$", chapter.prose, flags=re.M)
    assert len(titles) == 1
    assert titles[0].endswith("?"), f"{chapter.name}: the title is a question, not {titles[0]!r}"
    after = chapter.text.split(f"# {titles[0]}", 1)[1].lstrip()
    assert after.startswith("```{chapter-card}"), f"{chapter.name}: the card follows the title"
    assert "```{objectives}" in after


@each_chapter
def test_parts_stand_in_order(chapter: Source) -> None:
    headings = re.findall(r"^## (.+)$", chapter.prose, flags=re.M)
    wanted = [s for s in SECTIONS if s != "Verdict" or chapter.declared["claims"]]
    assert headings[-len(wanted) :] == wanted, f"{chapter.name}: its last parts are {wanted}"


@each_chapter
def test_every_objective_is_served(chapter: Source) -> None:
    objectives = set(chapter.declared["objectives"])
    assert 3 <= len(objectives) <= 5
    by_exercise = set(chapter.declared["exercises"].values())
    by_question = {question["objective"] for question in chapter.bank}
    assert by_exercise <= objectives
    assert by_question <= objectives
    unserved = objectives - by_exercise - by_question
    assert not unserved, f"{chapter.name}: nothing serves {sorted(unserved)}"


@each_chapter
def test_exercises_are_declared_solved_and_known(chapter: Source) -> None:
    set_ = re.findall(r"^```\{exercise-start\}.*\n:label: (\S+)", chapter.text, flags=re.M)
    solved = re.findall(r"^```\{solution-start\} (\S+)\n:class: dropdown", chapter.text, flags=re.M)
    assert set_ == solved, f"{chapter.name}: exercises and folded solutions differ"
    assert sorted(set_) == sorted(chapter.declared["exercises"])
    assert len(set_) >= 4
    checked = set(re.findall(r'bb\.check\("([^"]+)"', chapter.text))
    assert checked <= set(exercises.EXERCISES), f"unknown: {checked - set(exercises.EXERCISES)}"
    assert checked <= set(set_)


@each_chapter
def test_quiz_has_four_to_six_questions_on_the_page(chapter: Source) -> None:
    assert 4 <= len(chapter.bank) <= 6
    assert f"```{{quiz}} {chapter.name}\n" in chapter.text


@each_chapter
def test_claims_are_known_and_decided_here(chapter: Source) -> None:
    ledger = claims().set_index("id")
    for claim in chapter.declared["claims"]:
        assert ledger["chapter"][claim] == chapter.name
        assert claim in RULES
        assert f'bb.verdict("{claim}")' in chapter.text
    here = set(ledger.index[(ledger["chapter"] == chapter.name) & ledger["decided"]])
    assert here == set(chapter.declared["claims"])


@each_chapter
def test_tables_are_declared(chapter: Source) -> None:
    loaded = set(re.findall(r'(?:bb\.|catalog\.)?load\("([a-z_]+)"\)', chapter.text))
    declared = set(chapter.declared["tables"])
    assert declared <= set(catalog.tables())
    assert loaded <= declared, f"{chapter.name}: not declared: {loaded - declared}"
    through_rules = {"control_timeline", "control_aims"} if chapter.declared["claims"] else set()
    assert declared - loaded <= through_rules, f"never loaded: {declared - loaded}"


@each_chapter
def test_length_and_figures(chapter: Source) -> None:
    story = chapter.prose.split("\n## Exercises", 1)[0]
    words = len(re.findall(r"[A-Za-z一-鿿][\w'’-]*", story))
    assert 1000 <= words <= 2700, f"{chapter.name}: {words} words before the exercises"
    figures = chapter.figures()
    assert 3 <= len(figures) <= 6, f"{chapter.name}: {figures}"
    assert "bb.frames(" in chapter.text, f"{chapter.name}: nothing to move"


@each_chapter
def test_figures_are_named_once_and_referred_to(chapter: Source) -> None:
    names = chapter.figures()
    everywhere = [name for other in CHAPTERS for name in other.figures()]
    referred = set(re.findall(r"\{numref\}`(?:[^`<]*<)?(fig-[a-z0-9-]+)>?`", chapter.prose))
    for name in names:
        assert name.startswith("fig-")
        assert everywhere.count(name) == 1, f"{name} names two figures of the book"
        assert name in referred, f"{chapter.name}: the text does not refer to {name}"
    assert referred <= set(names)


@each_chapter
def test_cells_are_short(chapter: Source) -> None:
    unfolded = [c for c in chapter.shown() if "hide-input" not in chapter.tags(c)]
    assert median(map(lines_of, unfolded)) < 8
    for cell in unfolded:
        assert lines_of(cell) <= 25, f"{chapter.name}: fold the cell {cell.source[:60]!r}"
    run = 0
    for cell in chapter.cells:
        if cell.cell_type == "code" and "remove-cell" in chapter.tags(cell):
            continue
        run = run + 1 if cell.cell_type == "code" else 0
        assert run <= 3, (
            f"{chapter.name}: more than three cells in a row before {cell.source[:60]!r}"
        )


@each_chapter
def test_no_loops_over_rows(chapter: Source) -> None:
    slow = re.findall(r"\.iterrows\(\)|axis=1\)\.apply|\.apply\(lambda", chapter.text)
    plotting = [c.source for c in chapter.shown() if "bb.show(" in c.source]
    in_plots = sum(source.count(".iterrows()") for source in plotting)
    assert len(slow) == in_plots, f"{chapter.name}: vectorise {slow}"


@each_chapter
def test_citations_exist(chapter: Source) -> None:
    known = keys()
    for group in CITED.findall(chapter.text):
        for key in group.split(","):
            assert key.strip() in known, f"{chapter.name} cites {key}, not in references.bib"


def keys() -> set[str]:
    return set(re.findall(r"^@\w+\{([^,]+),", catalog.read_file("references.bib"), flags=re.M))


def test_every_source_is_used() -> None:
    cited = {
        key.strip()
        for path in (ROOT / "chapters").rglob("*.md")
        for group in CITED.findall(path.read_text("utf-8"))
        for key in group.split(",")
    }
    for table in catalog.tables():
        frame = catalog.load(table)
        for column in frame.columns:
            if column == "source" or column.endswith("_source"):
                cited |= {key for cell in frame[column].dropna() for key in cell.split(";")}
    unused = keys() - cited
    assert not unused, f"references.bib holds works that nothing cites: {sorted(unused)}"


# --- figures in prose -------------------------------------------------------------------------

NAMES = re.compile(
    r"\b(?:\d{4}s?|\d{1,2} (?:January|February|March|April|May|June|July|August|September|October|"
    r"November|December)|[A-Z]+[-\w.]*\d[-\w.]*|\d[A-Z]\d+\S*|\w+-\d+(?:\.\d+)?\w*|GLM-\S+|\d+-bit|"
    r"RTX \d+\w*(?: [A-Z]\d?)?|Max \d+|Atlas \d+|590|FP\d+|INT\d+|Q[1-4]|Paragraphs? \d|"
    r"paragraphs? \d(?: and \d)?|[Gg]roups? \d(?: (?:and|or|to) \d)?)\b"
)
NUMBER = re.compile(r"(?<![\w.-])\d[\d,]*(?:\.\d+)?(?: ?%| percent)?")
ALLOWED = re.compile(r"<!-- typed: \S.*?-->")


def loose_numbers(paragraph: str) -> list[str]:
    """Typed numbers of a paragraph that are neither names, dates, roles nor code."""
    text = re.sub(r"\{[a-z:]+\}`[^`]*`|`[^`]*`|\]\([^)]*\)|\"[^\"]*\"|“[^”]*”", " ", paragraph)
    return [n for n in NUMBER.findall(NAMES.sub(" ", text)) if n not in {"0", "1", "2", "3"}]


def unsupported(paragraph: str) -> list[str]:
    """Typed numbers without a citation in the same paragraph."""
    if CITED.search(paragraph) or ALLOWED.search(paragraph):
        return []
    return loose_numbers(paragraph)


@each_chapter
def test_no_figure_without_computation_or_citation(chapter: Source) -> None:
    story = re.split(r"^## Exercises$", chapter.prose, flags=re.M)[0]
    for paragraph in re.split(r"\n\s*\n", story):
        if paragraph.lstrip().startswith("#"):
            continue
        numbers = unsupported(paragraph)
        assert not numbers, (
            f"{chapter.name}: compute {numbers} with bb.glue or cite a source: {paragraph[:120]!r}"
        )


@pytest.mark.parametrize(
    ("paragraph", "numbers"),
    [
        ("China sold 4,992 chips.", ["4,992"]),
        ("It fell by 12.5 percent.", ["12.5 percent"]),
        ("It fell by {glue:text}`x`, not by 12%.", ["12%"]),
        ("It fell by 12% {cite:p}`somebody`.", []),
        ("In October 2022, on 7 October 2022, the A100 and GLM-4.5 and 3A090.a.1.", []),
        ("`x = 4992` and {glue:text}`n_4992`", []),
        ("The 8-bit rate of the RTX 4090 <!-- typed: an example --> is 17.", []),
    ],
)
def test_the_check_of_figures_sees(paragraph: str, numbers: list[str]) -> None:
    assert unsupported(paragraph) == numbers
