"""The chapter contract as code: each rule takes a chapter and yields its violations.

A message names file and line, so that an author can jump to it. The rules read the source only;
that code runs and references resolve is the build's business.
"""

from __future__ import annotations

import ast
import csv
import inspect
import re
import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from bookpress.site import execute
from bookpress.sources import front_matter, read_yaml
from bridgebook import catalog, exercises
from bridgebook.verdicts import rules

ROOT = Path(__file__).resolve().parents[2]
CHAPTERS = ROOT / "chapters"
DATA = ROOT / "data"
BANKS = ROOT / "teaching" / "questions"

CLOSING = [
    "The other reading",
    "Verdict",
    "Exercises",
    "Quiz",
    "In one minute",
    "What would change our mind",
    "Further reading",
]
MIN_WORDS, MAX_WORDS = 1_200, 2_700
UNTESTABLE_VERBS = {"understand", "know", "learn", "appreciate", "be", "become", "realise", "see"}

CODE_TAGS_UNSEEN = {"hide-input", "remove-cell", "remove-input"}
PROSE_DIRECTIVES = {"admonition", "note", "epigraph", "container", "margin", "tip", "warning"}
ROLE = re.compile(r"\{[a-z:]+\}`[^`]*`")
CITE = re.compile(r"\{cite(?::[a-z]+)?\}`([^`]+)`")
GLUE = re.compile(r"\{glue(?::[a-z]+)?\}`([^`]+)`")
LINK = re.compile(r"\]\([^)]+\)|<https?://[^>]+>")
TYPED = re.compile(r"<!--\s*typed:\s*(.+?)\s*-->")

MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
# What looks like a figure and states none. Order matters: dates before single years.
HARMLESS = [
    # 7 October 2022 · October 7 · 14 and 15 August · July to September 2025
    rf"\b\d{{1,2}}(?:(?:,| and| to|–|-)\s?\d{{1,2}})*\s+(?:{MONTHS})\b(?:\s+\d{{4}})?",
    rf"\b(?:{MONTHS})\s+\d{{1,2}}\b(?:,?\s+\d{{4}})?",
    # 2022 · 2022–23 · 2022/23 · 1990s · 2026's
    r"\b(?:1[89]|20|21)\d\d(?:(?:[–/-])\d{2,4})?(?:s|'s|’s)?\b(?![.,]\d|\s?(?:%|percent|per cent))",
    # a place in a text or a list: paragraph 2, groups 2 to 4, ¶ 3
    r"(?:\b(?:[Pp]aragraph|[Gg]roup|[Pp]art|[Ss]tep|[Ss]ection|[Ff]igure|[Qq]uestion|[Ee]xercise|"
    r"[Cc]hapter|[Vv]ersion|[Pp]hase|[Tt]ier|[Aa]rticle|[Ll]ine|[Rr]ow|[Cc]olumn|[Pp]age)s?|[¶§])"
    r"\s*\d+(?:\s*(?:,|and|or|to|–|-)\s*\d+)*",
    # zero: this book speaks of it often, because missing is not zero
    r"(?<![\d.,])0(?![\d.,%]| ?percent| per cent)",
    # instructions for an answer: a share between 0 and 1
    r"\bbetween 0 and 1\b",
    # a memory size that is part of a name: A100 80 GB
    r"(?<=[A-Z]\d00 )\d+ ?GB\b",
    # product names whose number is a separate word: RTX 4090 D, Max 1550, Ascend 910
    r"\b(?:RTX|GTX|Max|Ascend|Instinct|Radeon|Kunlun|Llama|Qwen|Kimi|Claude|Gemini|Grok)\s\d[\w.]*",
    # anything with a letter in it: H20, 3A090, GLM-4.5, 8-bit, A800/H800, CC BY 4.0
    r"\b[A-Za-z][\w.]*(?:[-/][\w.]*)*\d[\w.]*",
    r"\b\d[\d.]*-?[A-Za-z][\w-]*",
    r"\bCC BY(?:-[A-Z]+)* 4\.0",
]
SAFE = re.compile("|".join(HARMLESS))
NUMBER = re.compile(r"(?<![\w.])\d+(?:[.,]\d+)*")
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A paragraph, list item or definition outside code: first line and text.

    ``solution`` says whether it is inside a solution, ``typed`` is the reason that an author
    gave in ``<!-- typed: … -->`` before it, empty if none.
    """

    line: int
    text: str
    solution: bool = False
    typed: str = ""


@dataclass(frozen=True)
class Cell:
    """A code cell: line of its first code line, its source and its metadata."""

    line: int
    source: str
    metadata: dict[str, Any] = field(default_factory=dict)
    position: int = 0

    @property
    def tags(self) -> set[str]:
        return set(self.metadata.get("tags", []))

    @property
    def seen(self) -> bool:
        """Whether the page shows the code without a click."""
        return not self.tags & CODE_TAGS_UNSEEN

    @property
    def length(self) -> int:
        return sum(1 for row in self.source.splitlines() if row.strip())

    @property
    def figure(self) -> dict[str, Any]:
        return dict(self.metadata.get("mystnb", {}).get("figure", {}))


@dataclass(frozen=True)
class Chapter:
    """A chapter's source. ``name`` is its id, e.g. ``export-controls/the-rule-as-code``."""

    name: str
    text: str
    banks: Path = BANKS
    ledger: Path = DATA / "claims.yml"

    @property
    def file(self) -> str:
        return f"chapters/{self.name}.md"

    def at(self, line: int, message: str) -> str:
        return f"{self.file}:{line}: {message}"

    @property
    def starts_the_book(self) -> bool:
        """Chapters of the first part prepare and decide no claim."""
        return self.name.startswith("start/")

    @cached_property
    def declared(self) -> dict[str, Any]:
        return front_matter(self.text)

    @cached_property
    def notebook(self) -> Any:
        return execute.parse(self.text)

    @cached_property
    def cells(self) -> list[Cell]:
        pairs = zip(self.notebook.cells, self.notebook.metadata["source_map"], strict=True)
        return [
            Cell(self._first_code_line(line, cell.source), cell.source, cell.metadata, position)
            for position, (cell, line) in enumerate(pairs)
            if cell.cell_type == "code"
        ]

    def _first_code_line(self, fence: int, source: str) -> int:
        """Line, counted from 1, of a cell's first row of code, after its metadata."""
        first = source.split("\n", 1)[0]
        rows = self.text.splitlines()
        return rows.index(first, fence) + 1 if first in rows[fence:] else fence + 1

    @cached_property
    def headings(self) -> list[tuple[int, int, str]]:
        """Line, level and text of every heading outside code."""
        found = []
        for number, row, _ in self._prose_rows:
            heading = re.match(r"(#{1,6})\s+(.+?)\s*$", row)
            if heading:
                found.append((number, len(heading[1]), heading[2]))
        return found

    @cached_property
    def _prose_rows(self) -> list[tuple[int, str, bool]]:
        """Line number, text, inside a solution or not; code and front matter left out."""
        rows = self.text.splitlines()
        begin = rows.index("---", 1) + 1 if rows and rows[0] == "---" else 0
        found: list[tuple[int, str, bool]] = []
        fence, solution = "", False
        for number, row in enumerate(rows[begin:], start=begin + 1):
            opening = re.match(r"\s*(`{3,}|~{3,})(?:\{([\w-]+)\})?", row)
            if fence:
                if row.strip().startswith(fence) and not row.strip().strip("`~"):
                    fence = ""
                continue
            if opening and (opening[2] or "") not in PROSE_DIRECTIVES:
                fence = opening[1]
                if opening[2] == "solution-start":
                    solution = True
                elif opening[2] == "solution-end":
                    solution = False
                found.append((number, "", solution))
                continue
            if re.match(r"\s*(:{3,}|`{3,})", row) or re.match(r"\s*:[\w-]+:(\s|$)", row):
                row = ""  # a fence of prose, or an option of a directive
            if re.match(r"\{[.#][^}]*\}\s*$", row):
                row = ""  # attributes of the next block
            found.append((number, row, solution))
        return found

    @cached_property
    def blocks(self) -> list[Block]:
        """Paragraphs and list items outside code."""
        found: list[Block] = []
        gathered: list[str] = []
        begin, inside, reason = 0, False, ""

        def close() -> None:
            nonlocal reason
            text = "\n".join(gathered).strip()
            gathered.clear()
            if not text:
                return
            comment = TYPED.search(text)
            if comment:
                reason = comment[1]
            text = COMMENT.sub("", text).strip()
            if text:
                found.append(Block(begin, text, inside, reason))
                reason = ""

        for number, row, solution in self._prose_rows:
            item = re.match(r"\s*(?:[-*+]|\d+[.)]|:)\s+", row)
            if not row.strip() or row.startswith("#") or item:
                close()
            if not row.strip() or row.startswith("#"):
                continue
            if not gathered:
                begin, inside = number, solution
            gathered.append(row[item.end() :] if item else row)
        close()
        return found

    @cached_property
    def calls(self) -> list[tuple[int, ast.Call, str]]:
        """Line, node and name of every call in the code."""
        found = []
        for cell in self.cells:
            for node in ast.walk(ast.parse(cell.source)):
                if isinstance(node, ast.Call):
                    name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
                    name = node.func.id if isinstance(node.func, ast.Name) else name
                    found.append((cell.line + node.lineno - 1, node, name))
        return found

    def first_arguments(self, name: str) -> dict[str, int]:
        """Texts that calls of a function get as first argument, with the first line of each."""
        found: dict[str, int] = {}
        for line, node, called in self.calls:
            first = node.args[0] if node.args else None
            if called == name and isinstance(first, ast.Constant) and isinstance(first.value, str):
                found.setdefault(first.value, line)
        return found

    def labels(self, directive: str) -> dict[str, int]:
        """Labels of exercises, or exercises of solutions, with their lines."""
        if directive == "solution-start":
            pattern = r"^```+\{solution-start\}\s+(\S+)"
        else:
            pattern = r"^```+\{exercise-start\}[^\n]*\n(?::(?!label)[^\n]*\n)*:label:\s*(\S+)"
        return {
            match[1]: self.text.count("\n", 0, match.start()) + 1
            for match in re.finditer(pattern, self.text, re.MULTILINE)
        }


Rule = Callable[[Chapter], Iterator[str]]


# --- parts --------------------------------------------------------------------------------


def title_is_a_question(chapter: Chapter) -> Iterator[str]:
    """One first-level heading, a question."""
    titles = [(line, text) for line, level, text in chapter.headings if level == 1]
    if len(titles) != 1:
        yield chapter.at(1, f"{len(titles)} titles; a chapter has one")
    for line, text in titles:
        if not text.endswith("?"):
            yield chapter.at(line, f"the title is a question and ends with '?': {text!r}")


def parts_are_in_order(chapter: Chapter) -> Iterator[str]:
    """Title, card, objectives, body, and the closing parts in their order, nothing between."""
    places = {
        name: [i for i, row in enumerate(chapter.text.splitlines(), 1) if row.startswith(start)]
        for name, start in (
            ("the chapter-card", "```{chapter-card}"),
            ("the objectives", "```{objectives}"),
        )
    }
    title = next((line for line, level, _ in chapter.headings if level == 1), 1)
    sections = [(line, text) for line, level, text in chapter.headings if level == 2]
    first = sections[0][0] if sections else len(chapter.text.splitlines())
    last = title
    for name, lines in places.items():
        if len(lines) != 1 or not last < lines[0] < first:
            yield chapter.at(
                lines[0] if lines else title,
                f"{name} must appear once, after the title and before any section",
            )
        last = lines[0] if lines else last
    closing = [name for name in CLOSING if not (chapter.starts_the_book and name == "Verdict")]
    found = [text for _, text in sections[-len(closing) :]]
    if found != closing:
        line = sections[-len(closing)][0] if len(sections) >= len(closing) else title
        yield chapter.at(line, f"the last sections are {found}; they have to be {closing}")
    if len(sections) - len(closing) < 2:
        yield chapter.at(title, "the story needs at least two sections before its other reading")


def quiz_is_its_own(chapter: Chapter) -> Iterator[str]:
    """The quiz section shows the bank of this chapter, four to six questions."""
    found = re.findall(r"^```+\{quiz\}\s+(\S+)", chapter.text, re.MULTILINE)
    if found != [chapter.name]:
        yield chapter.at(1, f"one quiz, that of this chapter: found {found}")
    elif not 4 <= len(bank(chapter)) <= 6:
        yield chapter.at(1, f"{len(bank(chapter))} questions in its bank; four to six")


# --- objectives, exercises, claims, tables ------------------------------------------------


def bank(chapter: Chapter) -> list[dict[str, Any]]:
    """The questions of the chapter's bank; none if there is no bank."""
    path = chapter.banks / f"{chapter.name}.yml"
    return list(read_yaml(path)["questions"]) if path.is_file() else []


def objectives_are_served(chapter: Chapter) -> Iterator[str]:
    """Three to five objectives, each with an exercise or a quiz question, and none unknown."""
    objectives = chapter.declared.get("objectives", {})
    exercises = chapter.declared.get("exercises", {})
    asked = [question["objective"] for question in bank(chapter)]
    if not 3 <= len(objectives) <= 5:
        yield chapter.at(1, f"{len(objectives)} objectives; three to five")
    for name in objectives:
        if name not in exercises.values() and name not in asked:
            yield chapter.at(1, f"objective {name} is served by no exercise and no quiz question")
    for name in sorted({*exercises.values(), *asked} - set(objectives)):
        yield chapter.at(1, f"an exercise or question serves {name}, which is no objective")


def objectives_can_be_tested(chapter: Chapter) -> Iterator[str]:
    """Each begins with an observable verb."""
    for name, text in chapter.declared.get("objectives", {}).items():
        if str(text).split()[0].lower() in UNTESTABLE_VERBS:
            yield chapter.at(1, f"objective {name} begins with {str(text).split()[0]!r}")


def exercises_have_solutions(chapter: Chapter) -> Iterator[str]:
    """At least four; each declared, labelled in the text, and solved in a folded box."""
    declared = set(chapter.declared.get("exercises", {}))
    labelled, solved = chapter.labels("exercise-start"), chapter.labels("solution-start")
    if len(labelled) < 4:
        yield chapter.at(1, f"{len(labelled)} exercises; at least four")
    for name in sorted(declared - set(labelled)):
        yield chapter.at(1, f"exercise {name} is declared and not in the text")
    for name, line in labelled.items():
        if name not in declared:
            yield chapter.at(line, f"exercise {name} is not declared in the front matter")
        if name not in solved:
            yield chapter.at(line, f"exercise {name} has no solution")
    if set(labelled) == set(solved) and list(labelled) != list(solved):
        yield chapter.at(1, f"solutions are not in the order of the exercises: {list(solved)}")
    for name, line in solved.items():
        if name not in labelled:
            yield chapter.at(line, f"a solution for {name}, which is no exercise here")
        options = "\n".join(chapter.text.splitlines()[line : line + 3])
        if ":class: dropdown" not in options:
            yield chapter.at(line, f"the solution of {name} is not folded (:class: dropdown)")


def checks_belong_to_exercises(chapter: Chapter) -> Iterator[str]:
    """``check("id", …)`` names an exercise of this chapter that can be checked."""
    labelled = chapter.labels("exercise-start")
    for name, line in chapter.first_arguments("check").items():
        if name not in labelled:
            yield chapter.at(line, f"check({name!r}): no such exercise in this chapter")
        elif name not in exercises.exercises():
            yield chapter.at(line, f"check({name!r}): bridgebook.exercises does not know it")


def claims_are_known(chapter: Chapter) -> Iterator[str]:
    """Declared claims are in the ledger; each gets its verdict here, and no other does."""
    ledger = read_yaml(chapter.ledger)
    known = {entry["id"]: entry["chapter"] for entry in ledger["claims"]}
    declared = chapter.declared.get("claims", [])
    verdicts = chapter.first_arguments("verdict")
    for name in declared:
        if name not in known:
            yield chapter.at(1, f"claim {name!r} is not in data/claims.yml")
        elif known[name] != chapter.name:
            yield chapter.at(1, f"the ledger gives claim {name!r} to {known[name]}")
        elif name not in rules():
            yield chapter.at(1, f"claim {name!r} has no rule in bridgebook/claims/")
        if name not in verdicts:
            yield chapter.at(1, f"claim {name!r} is declared and gets no verdict")
    for name, line in verdicts.items():
        if name not in declared:
            yield chapter.at(
                line, f"a verdict on {name!r}, which the front matter does not declare"
            )
    for name, owner in known.items():
        if owner == chapter.name and name in rules() and name not in declared:
            yield chapter.at(1, f"claim {name!r} is decided here and not declared")
    if not declared and not chapter.starts_the_book:
        yield chapter.at(1, "no claim of the article is tested")


def tables_are_declared(chapter: Chapter) -> Iterator[str]:
    """The tables of the front matter are those that the code and the rules of verdicts load."""
    declared = chapter.declared.get("tables", [])
    loaded = chapter.first_arguments("load")
    for claim, line in chapter.first_arguments("verdict").items():
        if claim in rules():
            for name in inspect.signature(rules()[claim]).parameters:
                loaded.setdefault(name, line)
    for name in declared:
        if name not in loaded:
            yield chapter.at(1, f"table {name} is declared and never loaded")
    for name, line in loaded.items():
        if name not in declared:
            yield chapter.at(line, f"table {name} is loaded and not declared in the front matter")


# --- length -------------------------------------------------------------------------------


def words_of(chapter: Chapter) -> int:
    """Words of the text, solutions and captions left out; a role counts as what it shows."""
    shown = (ROLE.sub("word", block.text) for block in chapter.blocks if not block.solution)
    return sum(len(re.findall(r"[^\W_]+(?:['’-][^\W_]+)*", text)) for text in shown)


def length_is_right(chapter: Chapter) -> Iterator[str]:
    """The chapter can be read in one sitting."""
    words = words_of(chapter)
    if not MIN_WORDS <= words <= MAX_WORDS:
        yield chapter.at(1, f"{words} words; {MIN_WORDS} to {MAX_WORDS}")


# --- figures ------------------------------------------------------------------------------


def figures_are_few_and_movable(chapter: Chapter) -> Iterator[str]:
    """Three to six figures, one of which moves."""
    shown = [cell for cell in chapter.cells if cell.figure]
    least = 1 if chapter.name == "start/the-article" else 3
    if not least <= len(shown) <= 6:
        yield chapter.at(1, f"{len(shown)} figures; {least} to 6")
    if not any(name == "frames" for _, _, name in chapter.calls):
        yield chapter.at(1, "nothing to move: bb.frames(…) is missing")


def figures_are_named_once(chapter: Chapter) -> Iterator[str]:
    """``fig-…`` and a caption sentence; no name twice."""
    seen: set[str] = set()
    for cell in chapter.cells:
        shows = re.search(r"\bbb\.(?:show|frames)\(|^(?:show|frames)\(", cell.source, re.MULTILINE)
        name, caption = str(cell.figure.get("name", "")), str(cell.figure.get("caption", ""))
        if shows and not name.startswith("fig-"):
            yield chapter.at(cell.line, "a cell that shows a figure needs name: fig-…")
        if cell.figure and not caption.rstrip('"').endswith("."):
            yield chapter.at(cell.line, f"the caption of {name} is a sentence with a full stop")
        if name in seen:
            yield chapter.at(cell.line, f"the name {name} appears twice")
        seen |= {name} - {""}


def figures_are_referred_to(chapter: Chapter) -> Iterator[str]:
    """Every figure is mentioned by ``{numref}``, and every mention has its figure."""
    names = {str(cell.figure["name"]): cell.line for cell in chapter.cells if cell.figure}
    mentioned: dict[str, int] = {}
    for block in chapter.blocks:
        for target in re.findall(r"\{numref\}`(?:[^`<]*<)?([^`>]+)>?`", block.text):
            mentioned.setdefault(target, block.line)
    for name, line in names.items():
        if name not in mentioned:
            yield chapter.at(line, f"the text never refers to {name}")
    for name, line in mentioned.items():
        if name.startswith("fig-") and name not in names:
            yield chapter.at(line, f"there is no figure {name}")


# --- code ---------------------------------------------------------------------------------


def cells_are_short(chapter: Chapter) -> Iterator[str]:
    """The median of the cells that the page shows is under eight lines."""
    lengths = [cell.length for cell in chapter.cells if cell.seen]
    if not lengths:
        yield chapter.at(1, "no visible code cell")
    elif statistics.median(lengths) >= 8:
        yield chapter.at(1, f"the median cell has {statistics.median(lengths):g} lines: {lengths}")


def long_cells_are_folded(chapter: Chapter) -> Iterator[str]:
    """More than 25 visible lines need ``hide-input``."""
    for cell in chapter.cells:
        if cell.seen and cell.length > 25:
            yield chapter.at(cell.line, f"{cell.length} lines of visible code: tags: [hide-input]")


def code_runs_are_short(chapter: Chapter) -> Iterator[str]:
    """Never more than three cells without a word between them; removed cells do not count."""
    run: list[Cell] = []
    previous = -1
    for cell in chapter.cells:
        if cell.position != previous + 1:
            run = []
        previous = cell.position
        if "remove-cell" in cell.tags:
            continue
        run.append(cell)
        if len(run) == 4:
            yield chapter.at(cell.line, "the fourth code cell in a row: say something between them")


def tables_are_not_looped_over(chapter: Chapter) -> Iterator[str]:
    """Whole columns instead of rows. Writing labels into a drawing needs a loop and may have it."""
    loops = re.compile(
        r"\.apply\(\s*lambda|\.apply\([^)]*axis=|\.iterrows\(|\.applymap\(|\.map\(\s*lambda"
    )
    for cell in chapter.cells:
        if re.search(r"\bbb\.figure\(", cell.source):
            continue
        for number, row in enumerate(cell.source.splitlines()):
            if loops.search(row):
                yield chapter.at(cell.line + number, f"a loop over rows: {row.strip()}")


# --- truth --------------------------------------------------------------------------------


def figures_in(text: str) -> list[str]:
    """Numbers in a paragraph that state a quantity: no dates, names, places or code."""
    bare = ROLE.sub(" ", text)
    bare = re.sub(r"\$\$.*?\$\$|\$[^$\n]+\$", " ", bare, flags=re.DOTALL)
    bare = re.sub(r"`[^`]*`", " ", bare)
    bare = re.sub(r"\]\([^)]*\)|<https?://[^>]*>", "]", bare)
    bare = SAFE.sub(" ", bare)
    return NUMBER.findall(bare)


def has_source(text: str) -> bool:
    return bool(CITE.search(text) or GLUE.search(text) or LINK.search(text))


def numbers_have_a_source(chapter: Chapter) -> Iterator[str]:
    """A paragraph with a figure has a citation, a computed value or a link in it."""
    for block in chapter.blocks:
        found = figures_in(block.text)
        if found and not block.solution and not block.typed and not has_source(block.text):
            yield chapter.at(
                block.line, f"{', '.join(found)}: no citation, glue or link in “{block.text[:70]}…”"
            )


def numbers_beside_computed_ones_are_cited(chapter: Chapter) -> Iterator[str]:
    """No typed numbers of ten or more, or with decimals, next to glue: new data would falsify them.

    ``<!-- typed: reason -->`` before a paragraph allows it, e.g. for a number of a definition.
    """
    for block in chapter.blocks:
        if block.solution or block.typed or CITE.search(block.text) or not GLUE.search(block.text):
            continue
        typed = [n for n in figures_in(block.text) if "." in n or float(n.replace(",", "")) >= 10]
        if typed:
            yield chapter.at(
                block.line,
                f"{', '.join(typed)} typed beside a computed value in “{block.text[:60]}…”; glue "
                "it, cite it, or put <!-- typed: reason --> before the paragraph",
            )


def glued(chapter: Chapter) -> dict[str, int]:
    """Names that the code glues, with their lines."""
    return {
        keyword.arg: line
        for line, node, name in chapter.calls
        if name == "glue"
        for keyword in node.keywords
        if keyword.arg
    }


def glue_is_used(chapter: Chapter) -> Iterator[str]:
    """No number is computed for a sentence that no longer exists."""
    used = set(GLUE.findall(chapter.text))
    for name, line in glued(chapter).items():
        if name not in used:
            yield chapter.at(line, f"{name} is glued and no sentence quotes it")


def colours_have_names(chapter: Chapter) -> Iterator[str]:
    """A colour stands once, in the page's charts: the same country looks the same everywhere."""
    for number, row in enumerate(chapter.text.splitlines(), 1):
        for colour in re.findall(r"#[0-9A-Fa-f]{6}\b", row):
            yield chapter.at(
                number, f"{colour}: take bb.COLOUR, charts.PALE or charts.STEPS, or name it there"
            )


def nothing_is_left_over(chapter: Chapter) -> Iterator[str]:
    """No marks of unfinished work."""
    for number, row in enumerate(chapter.text.splitlines(), 1):
        if re.search(r"\[unverified\]|TODO|FIXME|XXX|[Ll]orem ipsum", row):
            yield chapter.at(number, f"left over: {row.strip()[:80]}")


# --- bibliography -------------------------------------------------------------------------


def cited_keys(text: str) -> set[str]:
    return {key.strip() for group in CITE.findall(text) for key in group.split(",")}


def bib_keys() -> set[str]:
    text = (DATA / "references.bib").read_text("utf-8")
    return set(re.findall(r"^@\w+\{([^,\s]+)", text, re.MULTILINE))


def table_keys() -> set[str]:
    """Keys in columns named ``source`` or ``…_source`` of all tables, and in their descriptors."""
    described = map(catalog.describe, catalog.tables())
    keys = {source["key"] for entry in described for source in entry["sources"]}
    for path in DATA.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                for column, cell in row.items():
                    if column == "source" or column.endswith("_source"):
                        keys |= {key.strip() for key in (cell or "").split(";")} - {""}
    return keys


def citations_are_known(chapter: Chapter) -> Iterator[str]:
    """Every cited key is in the bibliography."""
    known = bib_keys()
    for number, row in enumerate(chapter.text.splitlines(), 1):
        for key in sorted(cited_keys(row) - known):
            yield chapter.at(number, f"{key} is not in data/references.bib")


RULES: list[Rule] = [
    title_is_a_question,
    parts_are_in_order,
    quiz_is_its_own,
    objectives_are_served,
    objectives_can_be_tested,
    exercises_have_solutions,
    checks_belong_to_exercises,
    claims_are_known,
    tables_are_declared,
    length_is_right,
    figures_are_few_and_movable,
    figures_are_named_once,
    figures_are_referred_to,
    cells_are_short,
    long_cells_are_folded,
    code_runs_are_short,
    tables_are_not_looped_over,
    numbers_have_a_source,
    numbers_beside_computed_ones_are_cited,
    glue_is_used,
    colours_have_names,
    nothing_is_left_over,
    citations_are_known,
]


def all_chapters() -> list[Chapter]:
    """Chapters under the contract: those with a ``bridgebook:`` part in their front matter."""
    found = []
    for path in sorted(CHAPTERS.glob("*/*.md")):
        text = path.read_text("utf-8")
        if front_matter(text):
            name = path.relative_to(CHAPTERS).with_suffix("").as_posix()
            found.append(Chapter(name, text))
    return found
