"""Link previews, the site map and the 404 page."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from docutils import nodes
from docutils.utils import new_document
from lxml import etree, html
from sphinx.errors import ExtensionError

from bookpress.site import sharing
from bookpress.site.built import NOT_FOUND, own_pages
from bookpress.site.pages import book_image

BASE = "https://example.org/some/book/"


class Settings(SimpleNamespace):
    """Sphinx's settings as this step reads them."""

    def __getitem__(self, name: str) -> Any:
        return getattr(self, name, "")


def properties(tree: Any) -> dict[str, str]:
    return {tag.get("property"): tag.get("content") for tag in tree.xpath("//head/meta[@property]")}


def test_every_page_of_the_book_has_a_preview(pages: dict[str, Any]) -> None:
    """Title and description of the page itself; no address is made up."""
    for page in pages.values():
        if page.name.startswith("chapters/"):
            found = properties(page.tree)
            described = page.tree.xpath("string(//meta[@name='description']/@content)")
            assert found["og:description"] == described, page.name
            assert found["og:title"] in page.tree.xpath("string(//title)"), page.name
            assert "og:image" not in found or found["og:image"].startswith("http")


def test_the_preview_names_the_first_figure_if_the_address_is_known(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(sharing.ADDRESS, BASE.rstrip("/"))
    page = tmp_path / "x.md"
    page.write_text(
        "---\nmyst:\n  html_meta:\n    description: What it says & does.\n---\n# A title & more\n"
    )
    titles = {"chapters/x": nodes.title("", "A title & more")}
    env = SimpleNamespace(doc2path=lambda _: str(page), titles=titles)
    app: Any = SimpleNamespace(config=Settings(html_title="The book", project="p"), env=env)
    doctree = new_document("x")
    doctree += [book_image(page="chapters/x", name=name) for name in ("fig-a", "fig-b")]
    context = {"metatags": ""}
    sharing.describe(app, "chapters/x", "page.html", context, doctree)
    found = properties(html.document_fromstring(f"<head>{context['metatags']}</head>"))
    assert found["og:url"] == f"{BASE}chapters/x.html"
    assert found["og:image"] == f"{BASE}figures/chapters/x/fig-a.png"
    assert found["og:title"] == "A title & more"
    assert found["og:description"] == "What it says & does."


def test_the_setting_is_used_and_the_environment_goes_before_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config: Any = {sharing.ADDRESS: "https://example.org/book"}
    monkeypatch.delenv(sharing.ADDRESS, raising=False)
    assert sharing.address(config) == "https://example.org/book/"
    monkeypatch.setenv(sharing.ADDRESS, "https://example.com/other/")
    assert sharing.address(config) == "https://example.com/other/"
    monkeypatch.delenv(sharing.ADDRESS)
    assert sharing.address({sharing.ADDRESS: ""}) == ""


@pytest.mark.parametrize("given", ["example.org/book", "ftp://example.org", "https://e.org/?a=1"])
def test_an_address_that_is_none_stops_the_build(
    given: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(sharing.ADDRESS, given)
    with pytest.raises(ExtensionError, match="full address"):
        sharing.address({sharing.ADDRESS: ""})


def test_site_map_lists_every_page_once(site: Path) -> None:
    tree = etree.fromstring(sharing.site_map(site, BASE).encode())
    found = [element.text for element in tree.iter("{*}loc")]
    assert len(found) == len(set(found))
    assert all(address.startswith(BASE) for address in found)
    for path in own_pages(site):
        name = path.relative_to(site).as_posix()
        if name.startswith("chapters/"):
            assert BASE + name in found


def test_the_404_page_is_self_contained_and_leads_back(site: Path, visit: Any) -> None:
    """It loads nothing, and its links lead to pages."""
    tree = html.fromstring((site / NOT_FOUND).read_bytes())
    assert not tree.xpath("//script | //img")
    assert all(link.startswith("data:") for link in tree.xpath("//link/@href"))
    links = tree.xpath("//a/@href")
    assert links
    assert all((site / link).is_file() for link in links)
    page = visit(NOT_FOUND)
    assert "not here" in page.locator("h1").inner_text()
