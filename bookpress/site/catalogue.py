"""The data catalogue: one page for each table, made from its descriptor and its rows.

``chapters/reference/data/`` holds only stubs, written when a build begins; the directives below
fill them. The tables themselves, the package that describes them (``datapackage.json``, assembled
here) and a zip file of all of them go to ``data/`` of the site.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from docutils import nodes
from sphinx.errors import ExtensionError

from bookpress.checks.run import source_columns
from bookpress.files import source_files, write_if_changed, zipped
from bookpress.refresh.upstream import Upstream, listed
from bookpress.site.chapter import BookDirective, claim_label, declared_by
from bookpress.site.coverage import coverage_figure
from bookpress.site.memory import recall, remember
from bookpress.sources import TABLE_PAGES
from bridgebook import catalog, descriptors, ledger, verdicts
from bridgebook import claims as rules_of_claims
from bridgebook.page import charts
from bridgebook.page.onpage import readable_table

if TYPE_CHECKING:
    from docutils.nodes import Node
    from sphinx.application import Sphinx
    from sphinx.config import Config
    from sphinx.environment import BuildEnvironment

PAGES = TABLE_PAGES

SITE_FOLDER = "data"
ARCHIVE = "bridge-or-barrier-data.zip"

USAGE = "chapters by table"
"""What the environment remembers under this name: :func:`chapters_by_table`."""

THEME = "bridgebook:theme"
KIND = "bridgebook:kind"
THEMES = {
    "general": "Shared by all parts",
    "strategy": "Strategy",
    "open-models": "Open models",
    "un-diplomacy": "UN diplomacy",
    "export-controls": "Export controls",
}
KINDS = {
    "constructed": "Made by hand from the sources named row by row.",
    "derived": "Built by code from the files of its makers, byte for byte the same each time.",
    "mixed": "Built by code from the files of its makers, with rows added by hand.",
}
STUB = """---
myst:
  html_meta:
    description: "{description}"
---

# {title}

```{{data-table}} {name}
```
"""
PREVIEW_ROWS = 5
LONG_LIST = 8
"""Sources listed openly; longer lists are folded."""


# --- stubs -------------------------------------------------------------------------------------


def write_stubs(app: Sphinx, config: Config) -> None:
    """Give every table a page; runs before the table of contents is read."""
    overview = Path(app.srcdir, f"{PAGES}.md")
    if not overview.exists():
        return  # a book without a catalogue
    folder = Path(app.srcdir, PAGES)
    wanted = set()
    for name, resource in _resources().items():
        text = STUB.format(
            name=name,
            title=resource["title"],
            description=str(resource["description"]).replace('"', "'"),
        )
        path = folder / f"{name}.md"
        wanted.add(path)
        write_if_changed(path, text.encode())
    for path in folder.glob("*.md"):
        if path not in wanted:
            path.unlink()


def _resources() -> dict[str, dict[str, Any]]:
    return {name: catalog.describe(name) for name in catalog.tables()}


def page_of(name: str) -> str:
    """Document name of a table's page."""
    return f"{PAGES}/{name}"


# --- what depends on what ------------------------------------------------------------------------


def chapters_by_table(env: BuildEnvironment) -> dict[str, list[str]]:
    """For each table the pages whose front matter names it."""
    found: dict[str, list[str]] = {}
    for page in sorted(env.found_docs):
        for name in declared_by(env, page).get("tables", []):
            found.setdefault(str(name), []).append(page)
    return found


def pages_with_other_chapters(
    app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]
) -> list[str]:
    """Pages of tables that other chapters use now than when the page was written.

    The overview is among them if there is a new table: no file that it depends on tells.
    """
    now = chapters_by_table(env)
    before: dict[str, list[str]] = remember(env, USAGE, now) or {}
    moved = {name for name in set(now) | set(before) if now.get(name) != before.get(name)}
    pages = [page_of(name) for name in sorted(moved) if page_of(name) in env.found_docs]
    if PAGES in env.found_docs - added and any(page.startswith(f"{PAGES}/") for page in added):
        pages.append(PAGES)
    return pages


# --- the pieces of a page ----------------------------------------------------------------------


@lru_cache(maxsize=1)
def _works(text: str) -> dict[str, tuple[str, str]]:
    """Title and address of every source, by key."""
    from pybtex.database import parse_string

    def plain(words: str) -> str:
        return re.sub(r"[{}]|\\(?=[%&$#_])", "", words)

    return {
        key: (plain(work.fields.get("title", key)), work.fields.get("url", ""))
        for key, work in parse_string(text, "bibtex").entries.items()
    }


def keys_of(frame: pd.DataFrame) -> dict[str, int]:
    """Keys of references.bib in a table's rows, each with the number of rows that name it."""
    counts: dict[str, int] = {}
    for column in source_columns(frame):
        for key in frame[column].dropna().str.split(";").explode():
            counts[key] = counts.get(key, 0) + 1
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def columns_html(resource: dict[str, Any], frame: pd.DataFrame) -> str:
    """List of the columns: name, type, unit and range; meaning; share of rows with a value.

    A list and not a table, so that it reads on a phone as well as on a wide screen.
    """
    schema = resource["schema"]
    targets = {
        foreign["fields"]: foreign["reference"]["resource"]
        for foreign in schema.get("foreignKeys", [])
    }
    items = "".join(
        _column_html(
            field,
            frame[field["name"]],
            field["name"] in schema["primaryKey"],
            targets.get(field["name"], ""),
        )
        for field in schema["fields"]
    )
    return f'<dl class="data-columns">{items}</dl>'


def _column_html(field: dict[str, Any], column: pd.Series, in_key: bool, target: str) -> str:
    limits = field.get("constraints", {})
    kind = ", ".join(filter(None, [field["type"], _range(field), "key" if in_key else ""]))
    link = f' of <a href="{target}.html">{target}</a>' if target else ""
    words = str(field["description"])
    codes = [str(code) for code in limits.get("enum", [])]
    if not all(code in words for code in codes):
        words += f" Values: {', '.join(codes)}."
    filled = column.notna().mean()
    share = "all rows" if filled == 1 else _percent(filled)
    return (
        f"<div><dt><code>{field['name']}</code> <small>{escape(kind)}{link}</small></dt>"
        f"<dd>{escape(words)}</dd>"
        f'<dd class="data-filled" style="--filled:{filled:.0%}">{share}'
        '<span class="visually-hidden"> filled</span></dd></div>'
    )


def _percent(share: float) -> str:
    """Whole percent that never claims none or all."""
    if share < 0.005:
        return "under 1%"
    return "over 99%" if share > 0.995 else f"{share:.0%}"


def _range(field: dict[str, Any]) -> str:
    """Unit and permitted range, such as ``percent, 0 to 100``."""
    limits, unit = field.get("constraints", {}), str(field.get("unit", ""))
    if "minimum" not in limits or "maximum" not in limits:
        return unit
    if unit == "year":
        return f"{limits['minimum']} to {limits['maximum']}"
    low, high = (_limit(limits[end]) for end in ("minimum", "maximum"))
    return f"{low} to {high} {unit}".strip()


def _limit(value: Any) -> str:
    if isinstance(value, str):
        return value
    return f"{value:,.10g}" if abs(value) < 1e9 else f"{value:.3g}"


def preview_html(frame: pd.DataFrame) -> str:
    """The first rows, blanks shown as such."""
    shown = frame.head(PREVIEW_ROWS).copy()
    for column in shown.columns:
        if pd.api.types.is_datetime64_any_dtype(shown[column]):
            shown[column] = shown[column].dt.strftime("%Y-%m-%d")
    cells = shown.astype("object").where(shown.notna(), "")
    text = cells.map(lambda value: _clip(str(value)))
    return readable_table(text.to_html(index=False, border=0), "The first rows")


def _clip(text: str) -> str:
    return text if len(text) <= 48 else text[:47] + "…"


def citation(resource: dict[str, Any], version: str, year: str) -> str:
    """BibTeX entry for one table."""
    return (
        f"@misc{{bridgeorbarrier_{resource['name']},\n"
        f"  title = {{{{{resource['title']}}}}},\n"
        "  author = {{The Bridge or Barrier? team}},\n"
        f"  year = {{{year}}},\n"
        f"  note = {{Table {resource['name']} of the open book Bridge or Barrier?, "
        f"version {version}, as of {resource[catalog.AS_OF]}}}\n"
        "}"
    )


# --- directives -----------------------------------------------------------------------------------


class DataTable(BookDirective):
    """The page of one table."""

    required_arguments = 1

    def run(self) -> list[Node]:
        """Make the nodes."""
        name = self.arguments[0]
        resource = catalog.describe(name)
        self.depends_on(resource["path"], "references.bib", "claims.yml")
        self.depends_on_descriptors([name])
        for module in (charts, ledger, verdicts):
            self.env.note_dependency(str(module.__file__))
        for path in source_files(Path(rules_of_claims.__file__).parent):
            self.env.note_dependency(str(path))
        frame = catalog.load(name)
        parts: list[Node] = [nodes.paragraph("", resource["description"])]
        parts += self._facts(resource)
        parts += self._figure(resource, frame)
        parts += self._section("Columns", [_raw(columns_html(resource, frame))])
        parts += self._section("The first rows", [_raw(preview_html(frame))])
        parts += self._section("Known gaps", [_bullets(resource["bridgebook:knownGaps"])])
        parts += self._section("Where it comes from", self._origin(resource, frame))
        parts += self._section("Who uses it", self._users(name))
        parts += self._section("How to cite", self._cite(resource))
        return parts

    def _facts(self, resource: dict[str, Any]) -> list[Node]:
        """Place in the catalogue, what one row is, size, date, licence, and how to get it."""
        name, schema = resource["name"], resource["schema"]
        depth = self.env.docname.count("/")
        base = "../" * depth + SITE_FOLDER
        licences = " · ".join(
            f'<a href="{escape(entry["path"], quote=True)}">{escape(entry["title"])}</a>'
            if entry.get("path")
            else escape(entry["title"])
            for entry in resource["licenses"]
        )
        theme = f"../{PAGES.rpartition('/')[2]}.html#data-{resource[THEME]}"
        facts = {
            "Listed in": f'<a href="{theme}">Data catalogue, {THEMES[resource[THEME]]}</a>',
            "One row is": escape(resource["bridgebook:rowIs"]),
            "Size": f"{resource[catalog.ROWS]:,} rows, {len(schema['fields'])} columns, "
            f"{resource['bytes'] / 1000:,.0f} kB",
            "As of": escape(resource[catalog.AS_OF]),
            "Licence": licences,
            "Made": escape(KINDS[resource[KIND]]),
            "Get it": f'<a href="{base}/{name}.csv" download>{name}.csv</a> · '
            f'<a href="{base}/{catalog.PACKAGE_FILE}" download>contract of all tables (JSON)</a>',
        }
        rows = "".join(f"<dt>{term}</dt><dd>{text}</dd>" for term, text in facts.items())
        code = nodes.literal_block("", f'import bridgebook as bb\n\n{name} = bb.load("{name}")')
        code["language"] = "python"
        return [_raw(f'<dl class="data-facts">{rows}</dl>'), code]

    def _figure(self, resource: dict[str, Any], frame: pd.DataFrame) -> list[Node]:
        import matplotlib.pyplot as plt

        fig, alt = coverage_figure(resource, frame)
        svg = charts.to_inline_svg(fig, alt)
        plt.close(fig)
        # matplotlib names clips by their content; a page has one figure, so no prefix is needed.
        return [_raw(f'<div class="book-image data-coverage">{svg}</div>')]

    def _section(self, title: str, content: list[Node]) -> list[Node]:
        section = nodes.section("", nodes.title("", title), *content)
        section["ids"] = [nodes.make_id(title)]
        section["names"] = [nodes.fully_normalize_name(title)]
        return [section]

    def _origin(self, resource: dict[str, Any], frame: pd.DataFrame) -> list[Node]:
        parts: list[Node] = []
        in_rows = keys_of(frame)
        main = [entry["key"] for entry in resource["sources"]]
        if in_rows:
            text = (
                f"Each row names its sources in a column of keys; the {len(in_rows)} keys lead to "
                "the bibliography, which says how strong each source is."
                if len(in_rows) > 1
                else "Every row rests on one source."
            )
            parts.append(nodes.paragraph("", text))
        listing = nodes.bullet_list()
        for key in [*main, *(key for key in in_rows if key not in main)]:
            listing += self._source(key, in_rows.get(key, 0))
        if len(listing) > LONG_LIST:
            shown, folded = nodes.bullet_list(), nodes.bullet_list()
            shown += listing.children[:LONG_LIST]
            folded += listing.children[LONG_LIST:]
            parts += [shown, _raw(f"<details><summary>{len(folded)} more sources</summary>")]
            parts += [folded, _raw("</details>")]
        else:
            parts.append(listing)
        return parts + self._upstream(resource)

    def _source(self, key: str, rows: int) -> nodes.list_item:
        works = _works(catalog.read_file("references.bib"))
        if key not in works:
            raise ExtensionError(f"{self.env.docname}: no source {key!r} in references.bib")
        title, address = works[key]
        line = nodes.paragraph("", "")
        line += nodes.reference("", title, refuri=address) if address else nodes.Text(title)
        line += nodes.Text(" ")
        line += self.inline(f"{{cite:p}}`{key}`")
        if rows:
            line += nodes.Text(f", {rows:,} row{'s' if rows > 1 else ''}")
        return nodes.list_item("", line)

    def _upstream(self, resource: dict[str, Any]) -> list[Node]:
        """Files that a derived table is built from."""
        paths = resource.get("bridgebook:builtFrom", [])
        if resource[KIND] == "constructed":
            return []
        recorded = listed(catalog.whole(catalog.data_dir()))
        name = resource["name"]
        intro = nodes.paragraph("", "")
        intro += nodes.Text("Rebuilt by ")
        intro += nodes.literal("", f"bridgebook refresh {name}")
        intro += nodes.Text(
            " from these files, each checked by its checksum:"
            if paths
            else " from other tables of this catalogue."
        )
        listing = nodes.bullet_list()
        for path in paths:
            listing += _file_item(recorded[path])
        parts: list[Node] = [intro, *([listing] if paths else [])]
        if resource.get("bridgebook:notRebuilt"):
            parts.append(nodes.paragraph("", f"Not rebuilt: {resource['bridgebook:notRebuilt']}"))
        return parts

    def _users(self, name: str) -> list[Node]:
        usage: dict[str, list[str]] = recall(self.env, USAGE) or {}
        pages = usage.get(name, [])
        decides = _claims_by_table().get(name, [])
        if not pages and not decides:
            return [nodes.paragraph("", "No chapter yet.")]
        listing = nodes.bullet_list()
        for page in pages:
            title = self.link(f"/{page}", "", "doc")
            title["refexplicit"] = False
            listing += nodes.list_item("", nodes.paragraph("", "", title))
        for claim_id, text in decides:
            line = nodes.paragraph("", "Decides the claim: ")
            line += self.link(claim_label(claim_id), text)
            listing += nodes.list_item("", line)
        return [listing]

    def _cite(self, resource: dict[str, Any]) -> list[Node]:
        from importlib.metadata import version

        first = resource["sources"][0]["title"]
        words = (
            "Cite the original source for the facts and this table for the compilation. "
            f"The main source is {first}; as-of date {resource[catalog.AS_OF]}."
        )
        year = str(catalog.whole(catalog.data_dir())["version"])[:4]
        code = nodes.literal_block("", citation(resource, version("bridgebook"), year))
        code["language"] = "bibtex"
        return [nodes.paragraph("", words), code]


class DataCatalogue(BookDirective):
    """The overview: all tables by theme."""

    def run(self) -> list[Node]:
        """Make the nodes."""
        self.depends_on_descriptors(catalog.tables())
        resources = _resources()
        parts: list[Node] = []
        for theme, title in THEMES.items():
            chosen = [entry for entry in resources.values() if entry[THEME] == theme]
            rows = "".join(_overview_row(entry) for entry in chosen)
            section = nodes.section("", nodes.title("", title))
            section["ids"], section["names"] = [f"data-{theme}"], [f"data-{theme}"]
            heads = ("Table", "What one row is", "Rows")
            section += _raw(_scrolling_table(title, heads, rows, "book-table data-overview"))
            parts.append(section)
        missing = sorted(n for n, entry in resources.items() if entry[THEME] not in THEMES)
        if missing:
            raise ExtensionError(f"no theme for the tables {', '.join(missing)}")
        return parts


class DataTotals(BookDirective):
    """One sentence on the whole data room, with its download."""

    def run(self) -> list[Node]:
        """Make the node."""
        self.depends_on_descriptors(catalog.tables())
        resources = _resources()
        rows = sum(entry[catalog.ROWS] for entry in resources.values())
        size = sum(entry["bytes"] for entry in resources.values())
        derived = sum(entry[KIND] != "constructed" for entry in resources.values())
        base = "../" * self.env.docname.count("/") + SITE_FOLDER
        link = f'<a href="{base}/{ARCHIVE}" download>All tables as one zip file</a>'
        text = (
            f"{len(resources)} tables, {rows:,} rows, {size / 1e6:.1f} MB. {derived} are built by "
            "code from files of their makers; the others are made by hand and name their sources "
            f"row by row. {link}."
        )
        return [_raw(f"<p>{text}</p>")]


class DataRefreshes(BookDirective):
    """What `bridgebook refresh` changed in tables, newest first, and the files they rest on."""

    def run(self) -> list[Node]:
        """Make the nodes."""
        self.depends_on_descriptors([])
        package = catalog.whole(catalog.data_dir())
        return [
            _raw(refreshes_html(package.get(catalog.REFRESHES, []))),
            nodes.paragraph("", "The tables built by code rest on these editions:"),
            _bullets(sorted({file.origin for file in listed(package).values()})),
        ]


def refreshes_html(entries: Sequence[Mapping[str, Any]]) -> str:
    """Table of the recorded refreshes, or a sentence that there are none."""
    if not entries:
        return (
            "<p>No table has been rebuilt from a newer file of its maker since the tables were "
            "first gathered.</p>"
        )
    folder = PAGES.rsplit("/", 1)[1]
    rows = "".join(
        f"<tr><td>{entry['date']}</td>"
        f'<th scope="row"><a href="{folder}/{entry["table"]}.html">{entry["table"]}</a></th>'
        f"<td>{entry['rowsBefore']:,} → {entry['rowsAfter']:,}</td><td>{entry['added']:,}</td>"
        f"<td>{entry['removed']:,}</td><td>{entry['valuesMoved']:,}</td></tr>"
        for entry in reversed(entries)
    )
    heads = ("Day", "Table", "Rows", "Added", "Removed", "Values changed")
    return _scrolling_table("Refreshed tables", heads, rows)


class TablesUsed(BookDirective):
    """The tables a chapter uses, with their licences and links to their pages."""

    def run(self) -> list[Node]:
        """Make the nodes."""
        self.depends_on_descriptors(self.declared()["tables"])
        listing = nodes.bullet_list()
        for name in self.declared()["tables"]:
            entry = catalog.describe(name)
            licences = ", ".join(str(item["title"]) for item in entry["licenses"])
            if page_of(name) in self.env.found_docs:
                link: Node = self.link(f"/{page_of(name)}", name, "doc")
            else:
                link = nodes.literal("", name)
            line = nodes.paragraph("", "", link)
            line += nodes.Text(f": {entry['title']}. Licence: {licences}.")
            listing += nodes.list_item("", line)
        return [listing]


def _scrolling_table(
    label: str, heads: Iterable[str], rows: str, classes: str = "book-table"
) -> str:
    """A table of rows that hold links, in a region that scrolls; others are pandas' to write."""
    head = "".join(f'<th scope="col">{word}</th>' for word in heads)
    return (
        f'<div class="book-scroll" role="region" tabindex="0" aria-label="{label}">'
        f'<table class="{classes}"><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _overview_row(resource: dict[str, Any]) -> str:
    name = resource["name"]
    folder = PAGES.rsplit("/", 1)[1]
    return (
        f'<tr><th scope="row"><a href="{folder}/{name}.html">{escape(resource["title"])}</a>'
        f"<small><code>{name}</code></small></th><td>{escape(resource['bridgebook:rowIs'])}</td>"
        f"<td>{resource[catalog.ROWS]:,}</td></tr>"
    )


def _file_item(file: Upstream) -> nodes.list_item:
    line = nodes.paragraph("", "")
    on_the_web = file.url.startswith("https:")
    line += nodes.reference("", file.path, refuri=file.url) if on_the_web else nodes.Text(file.path)
    line += nodes.Text(f": {file.origin}; {file.hash[:19]}…")
    if not file.url:
        line += nodes.Text("; no address to fetch it from")
    return nodes.list_item("", line)


def _claims_by_table() -> dict[str, list[tuple[str, str]]]:
    """For each table the claims whose rule reads it."""
    import inspect

    found: dict[str, list[tuple[str, str]]] = {}
    for claim_id, rule in verdicts.rules().items():
        for name in inspect.signature(rule).parameters:
            found.setdefault(name, []).append((claim_id, ledger.claim(claim_id).claim))
    return found


def _bullets(texts: Iterable[str]) -> nodes.bullet_list:
    listing = nodes.bullet_list()
    for text in texts:
        listing += nodes.list_item("", nodes.paragraph("", text))
    return listing


def _raw(text: str) -> nodes.raw:
    return nodes.raw("", text, format="html")


# --- files of the site -------------------------------------------------------------------------


def write_files(app: Sphinx, exception: Exception | None) -> None:
    """Put the tables, the package that describes them and a zip file of both into the site."""
    if exception or app.builder.format != "html":
        return
    source, target = catalog.data_dir(), Path(app.outdir, SITE_FOLDER)
    if not Path(app.srcdir, f"{PAGES}.md").exists():
        return
    names = [*(entry["path"] for entry in _resources().values()), descriptors.REFERENCES_FILE]
    package = descriptors.as_json(catalog.package(source)).encode()
    files = {descriptors.PACKAGE_FILE: package}
    files |= {name: (source / name).read_bytes() for name in names}
    files[ARCHIVE] = zipped({f"bridge-or-barrier-data/{name}": files[name] for name in files})
    for name, data in files.items():
        path = target / name
        write_if_changed(path, data)
    for path in target.iterdir():
        if path.name not in files:
            path.unlink()


def setup(app: Sphinx) -> None:
    """Register stubs, directives and files."""
    # sphinx-external-toc reads the table of contents at priority 900.
    app.connect("config-inited", write_stubs, priority=400)
    app.connect("env-get-outdated", pages_with_other_chapters)
    app.add_directive("data-table", DataTable)
    app.add_directive("data-catalogue", DataCatalogue)
    app.add_directive("data-totals", DataTotals)
    app.add_directive("data-refreshes", DataRefreshes)
    app.add_directive("tables-used", TablesUsed)
    app.connect("build-finished", write_files)
