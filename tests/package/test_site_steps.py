"""Steps that turn chapters into pages, on small inputs; tests/site looks at the built site."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sphinx.errors import ExtensionError
from sphinx.search.en import SearchEnglish

from bookpress import bench, sources
from bookpress.files import sha256
from bookpress.site import execute, icons, maths, pages, search, styles
from bridgebook import catalog
from bridgebook.page import charts, onpage

ROOT = Path(__file__).resolve().parents[2]

TABLE = (
    '<style scoped>td{}</style><table border="1" class="dataframe"><thead>'
    "<tr><th></th><th>n</th></tr><tr><th>iso3</th><th></th></tr></thead>"
    "<tbody><tr><th>USA</th><td>1</td></tr></tbody></table>"
)


def test_tables_name_their_headers_and_can_be_scrolled() -> None:
    html = onpage.readable_table(TABLE, "chips")
    assert "<style" not in html
    assert 'role="region" tabindex="0" aria-label="chips"' in html
    assert html.count("<tr>") == 2  # pandas' second header row is merged into the first
    assert re.findall(r'<th scope="(\w+)">([^<]*)</th>', html) == [
        ("col", "iso3"),
        ("col", "n"),
        ("row", "USA"),
    ]


def test_a_table_with_names_on_both_axes_keeps_both() -> None:
    both = TABLE.replace("<tr><th></th><th>n</th>", "<tr><th>year</th><th>n</th>")
    html = onpage.readable_table(both, "chips")
    assert "year" in html
    assert "iso3" in html
    assert html.count("<tr>") == 3


def test_row_numbers_are_left_out_and_names_stay() -> None:
    frame = pd.DataFrame({"chip": ["H20", "A800"], "n": [1, 2]})
    numbered = onpage.readable_table(frame.to_html(), "chips")
    assert re.findall(r"<td>([^<]*)</td>", numbered) == ["H20", "1", "A800", "2"]
    assert re.findall(r"<th[^>]*>([^<]*)</th>", numbered) == ["chip", "n"]
    for kept in (frame.set_index("n"), frame.iloc[1:], frame.rename_axis("row")):
        names = re.findall(
            r'<th scope="row">([^<]*)</th>', onpage.readable_table(kept.to_html(), "x")
        )
        assert names == list(map(str, kept.index))


def test_purge_keeps_what_matches_and_drops_the_rest() -> None:
    css = (
        ".used{a:b}.gone{a:b}.used .gone{a:b}.used:not(.gone){a:b}p{a:b}"
        "@media print{.gone{a:b}.used{c:d}}@media screen{.gone{a:b}}@font-face{src:url(x)}"
        ".gone,.used.also{e:f}.used .-Gone[class*=-C1]{a:b}"
    )
    slim = styles.purge(css, {"used", "also"})
    assert slim.replace("\n", "") == (
        ".used{a:b}.used:not(.gone){a:b}p{a:b}@media print{.used{c:d}}@font-face{src:url(x)}"
        ".used.also{e:f}"
    )
    assert styles.purge(slim, {"used", "also"}) == slim


def test_icon_names_are_read_from_the_style_sheet() -> None:
    css = '.fa-a:before,.fa-b:before{content:"\\f00c"}.fa-c::before{content:"\\2b"}'
    assert icons.codepoints(css) == {"fa-a": 0xF00C, "fa-b": 0xF00C, "fa-c": 0x2B}


def test_formulas_become_mathml_and_bad_ones_are_named() -> None:
    assert "<math" in maths.to_mathml(r"\frac{a}{b}", "block")
    with pytest.raises(ExtensionError, match=r"does not know .nosuchthing"):
        maths.to_mathml(r"\nosuchthing{a}", "inline")
    with pytest.raises(ExtensionError, match=r"not valid LaTeX"):
        maths.to_mathml(r"\left( a", "inline")


def test_packed_frames_unpack_to_the_same_frames() -> None:
    frames = ["<p>a</p><b>1</b>", "<p>a</p><b>2</b>", "plain", "<p>a</p>tail<b>1</b>"]
    packed = pages.pack({"controls": ["x"], "frames": frames})
    unpacked = ["".join(packed["pieces"][i] for i in frame) for frame in packed["frames"]]
    assert unpacked == frames
    assert len(packed["pieces"]) == len(set(packed["pieces"]))


def test_front_matter_is_read_only_from_the_top() -> None:
    assert sources.front_matter("---\nbridgebook: {minutes: 3}\n---\n# A\n") == {"minutes": 3}
    assert sources.front_matter("# A\n\n---\nbridgebook: {minutes: 3}\n---\n") == {}


def test_a_cell_without_name_or_caption_is_refused() -> None:
    text = "---\nfile_format: mystnb\n---\n\n```{code-cell} ipython3\n1\n```\n"
    notebook = execute.parse(text)
    cell = notebook.cells[-1]
    cell.outputs = [
        execute.nbformat.v4.new_output(
            "display_data", data={charts.FIGURE_MIME: {"alt": "x"}, "text/plain": "x"}
        )
    ]
    with pytest.raises(pages.PageError, match=r"page, cell at line 5: .*name: fig-"):
        pages._dress(cell, "page, cell at line 5")


@pytest.mark.parametrize(
    ("output", "message"),
    [
        (("display_data", {"data": {"image/png": "x"}}), "bb.show"),
        (("display_data", {"data": {pages.FRESH_WIDGET: {}}}), "bb.frames"),
        (("stream", {"name": "stderr", "text": "Warning: old"}), "Warning: old"),
    ],
)
def test_outputs_that_a_page_cannot_show_stop_the_build(
    output: tuple[str, dict], message: str
) -> None:
    cell = execute.nbformat.v4.new_code_cell("1")
    cell.outputs = [execute.nbformat.v4.new_output(output[0], **output[1])]
    with pytest.raises(pages.PageError, match=re.escape(message)):
        pages._dress(cell, "some/page, cell at line 10")


def test_the_key_of_a_run_depends_on_the_files_it_read(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("BRIDGEBOOK_DATA", str(tmp_path))
    (tmp_path / "package.yml").write_text("name: n\ntitle: t\nversion: v\n")
    (tmp_path / "a.csv").write_text("x\n1\n")
    (tmp_path / "a.yml").write_text(descriptor("a"))
    before = execute.file_digests(["a.csv"])
    listed = execute.file_digests(["a.csv", catalog.PACKAGE_FILE])
    assert execute.file_digests(["a.csv", "a.csv"]) == before
    (tmp_path / "a.csv").write_text("x\n2\n")
    assert execute.file_digests(["a.csv"]) != before
    (tmp_path / "a.csv").write_text("x\n1\n")
    (tmp_path / "b.yml").write_text(descriptor("b"))
    assert execute.file_digests(["a.csv"]) == before, "another table's descriptor does not matter"
    now = execute.file_digests(["a.csv", catalog.PACKAGE_FILE])
    assert now[catalog.PACKAGE_FILE] == catalog.digest_of_list(["a", "b"]), "as in a trace"
    assert now != listed, "the list of tables does, where it was used"
    (tmp_path / "b.yml").write_text(descriptor("b") + "title: changed\n")
    assert execute.file_digests(["a.csv", catalog.PACKAGE_FILE]) == now
    (tmp_path / "a.yml").write_text("# A remark.\n" + descriptor("a"))
    assert execute.file_digests(["a.csv"]) == before, "a remark does not matter"
    (tmp_path / "a.yml").write_text(descriptor("a") + "title: changed\n")
    assert execute.file_digests(["a.csv"]) != before
    (tmp_path / "a.yml").write_text("{ broken")
    assert execute.DESCRIPTORS not in execute.file_digests(["a.csv"])
    (tmp_path / "a.csv").unlink()
    assert execute.file_digests(["a.csv"])["a.csv"] == ""


def descriptor(name: str) -> str:
    """A minimal descriptor."""
    return (
        f"name: {name}\npath: {name}.csv\n"
        "schema: {fields: [{name: x, type: integer}], primaryKey: [x]}\n"
    )


CELLS = "---\nfile_format: mystnb\n---\n# A\n\n```{code-cell} ipython3\n1 + 1\n```\n"


@pytest.fixture
def kept(tmp_path: Path) -> execute.Execution:
    """A run in the cache below ``tmp_path``, made by code of state ``"code"``."""
    chapter = execute.Chapter("p", tmp_path / "p.md", CELLS)
    ran = nbformat.writes(chapter.notebook()).encode()
    run = execute.Execution(chapter, chapter.key("code"), ran, execute.file_digests([]))
    execute.store(run, "code", tmp_path)
    return run


def test_a_damaged_cache_is_run_again(kept: execute.Execution, tmp_path: Path) -> None:
    assert execute.cached(kept.chapter, "code", tmp_path) is not None
    assert execute.cached(kept.chapter, "other code", tmp_path) is None
    (tmp_path / "p.ipynb").write_text("{ broken")
    assert execute.cached(kept.chapter, "code", tmp_path) is None


def test_a_stored_run_with_another_digit_is_not_used(
    kept: execute.Execution, tmp_path: Path
) -> None:
    path = tmp_path / "p.ipynb"
    path.write_bytes(path.read_bytes().replace(b"1 + 1", b"1 + 2"))
    assert execute.cached(kept.chapter, "code", tmp_path) is None


def test_new_prose_uses_the_stored_run_and_a_new_cell_does_not(
    kept: execute.Execution, tmp_path: Path
) -> None:
    def again(text: str) -> execute.Execution | None:
        return execute.cached(execute.Chapter("p", tmp_path / "p.md", text), "code", tmp_path)

    prose = again(CELLS.replace("# A", "# Another title"))
    assert prose is not None and prose.reused
    assert "Another title" in prose.notebook.cells[0].source
    assert again(CELLS.replace("# A", "# Another title")) is not None
    assert again(CELLS.replace("1 + 1", "1 + 2")) is None


def test_another_python_makes_another_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = execute.code_fingerprint(tmp_path / "lock")
    assert execute.code_fingerprint(tmp_path / "lock") == before
    monkeypatch.setattr(execute.platform, "python_version", lambda: "3.99.0")
    assert execute.code_fingerprint(tmp_path / "lock") != before


def test_a_table_edited_while_its_chapter_runs_counts_as_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The chapter saw the old table: its run must not be used for the new one."""
    data = tmp_path / "data"
    shutil.copytree(ROOT / "data", data)
    monkeypatch.setenv("BRIDGEBOOK_DATA", str(data))
    code = "import bridgebook as bb\nchips = bb.load('chips')"
    edit = (
        "path = bb.catalog.data_dir() / 'chips.csv'\npath.write_bytes(path.read_bytes() + b'\\n')"
    )
    text = CELLS.replace("1 + 1", f"{code}\nimport bridgebook.catalog\n{edit}")
    chapter = execute.Chapter("p", tmp_path / "p.md", text)
    run = execute.run_chapter(chapter, chapter.key("code"))
    assert run.files["chips.csv"] == sha256((ROOT / "data" / "chips.csv").read_bytes())
    execute.store(run, "code", tmp_path)
    assert execute.cached(chapter, "code", tmp_path) is None
    (data / "chips.csv").write_bytes((ROOT / "data" / "chips.csv").read_bytes())
    assert execute.cached(chapter, "code", tmp_path) is not None


def test_page_weight_counts_what_a_page_names(tmp_path) -> None:
    (tmp_path / "a.css").write_text("@font-face{src:url(f.woff2)}" + " " * 1000)
    (tmp_path / "f.woff2").write_bytes(b"x" * 500)
    (tmp_path / "unused.js").write_text("y" * 9999)
    page = tmp_path / "p.html"
    page.write_text('<link rel="stylesheet" href="a.css?v=1"><img src="https://else.where/x.png">')
    raw, packed = bench.page_weight(page, tmp_path)
    assert raw == sum((tmp_path / n).stat().st_size for n in ("a.css", "f.woff2", "p.html"))
    assert 500 < packed < raw


@given(st.text("人工智能 ab1，", max_size=40))
def test_search_knows_every_part_of_a_chinese_name(text: str) -> None:
    words = search.EnglishWithChinese({}).split(text)
    for run in search.CHINESE.findall(text):
        assert run in words
        for start in range(len(run)):
            for end in range(start + 2, min(len(run), start + search.LONGEST) + 1):
                assert run[start:end] in words
    assert set(SearchEnglish({}).split(text)) <= set(words)
