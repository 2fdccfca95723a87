"""Every link inside the book leads somewhere: pages, anchors, pictures, downloads, fonts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

ATTRIBUTES = ("href", "src", "data-source", "poster", "action")
OUTSIDE = {"http", "https", "mailto", "data"}
CSS_URL = re.compile(r"""url\(\s*["']?([^"')]+)["']?\s*\)""")


def inner_links(tree: Any) -> Iterator[tuple[str, str]]:
    """Addresses inside the site that a page names, with the element that does."""
    for element in tree.iter():
        if not isinstance(element.tag, str):
            continue
        for attribute in ATTRIBUTES:
            address = element.get(attribute)
            if address is not None and urlsplit(address).scheme not in OUTSIDE:
                yield element.tag, address


def resolve(page: str, address: str) -> tuple[str, str]:
    """File below the site's root, and anchor."""
    parts = urlsplit(address)
    if not parts.path:
        return page, unquote(parts.fragment)
    steps: list[str] = []
    for step in (PurePosixPath(page).parent / unquote(parts.path)).parts:
        if step == "..":
            if not steps:
                return f"outside the site: {address}", ""
            steps.pop()
        else:
            steps.append(step)
    return "/".join(steps), unquote(parts.fragment)


def anchors(tree: Any) -> set[str]:
    return set(tree.xpath("//@id")) | set(tree.xpath("//a/@name"))


def broken(pages: dict[str, Any], site: Path) -> list[str]:
    """Links that lead nowhere, as sentences."""
    known = {name: anchors(page.tree) for name, page in pages.items()}
    found = []
    for name, page in pages.items():
        for tag, address in inner_links(page.tree):
            if address.startswith("/"):
                found.append(f"{name}: <{tag}> {address} breaks when the site is in a subfolder")
                continue
            target, anchor = resolve(name, address)
            if not (site / target).is_file():
                found.append(f"{name}: <{tag}> {address}: no such file")
            elif anchor and target in known and anchor not in known[target]:
                found.append(f"{name}: <{tag}> {address}: no such anchor in {target}")
    return found


def test_links_resolve(pages: dict[str, Any], site: Path) -> None:
    checked = sum(1 for page in pages.values() for _ in inner_links(page.tree))
    assert checked > 100, "hardly a link was found: nothing is checked"
    found = broken(pages, site)
    assert not found, "\n".join(found)


def test_the_check_sees_broken_links(tmp_path: Path) -> None:
    from types import SimpleNamespace

    from lxml import html

    (tmp_path / "a.html").write_text("x")
    text = (
        '<html><body id="here"><a href="#here">1</a><a href="#gone">2</a><a href="a.html">3</a>'
        '<a href="b.html">4</a><img src="../c.png"><a href="/a.html">5</a>'
        '<a href="https://else.example/#x">6</a></body></html>'
    )
    pages = {"a.html": SimpleNamespace(tree=html.document_fromstring(text))}
    found = broken(pages, tmp_path)
    assert [line.split(" ")[2].rstrip(":") for line in found] == [
        "#gone",
        "b.html",
        "../c.png",
        "/a.html",
    ]


def test_style_sheets_name_files_that_exist(pages: dict[str, Any], site: Path) -> None:
    """Of the style sheets that pages load."""
    sheets = {
        resolve(name, address)[0]
        for name, page in pages.items()
        for tag, address in inner_links(page.tree)
        if tag == "link" and urlsplit(address).path.endswith(".css")
    }
    assert sheets
    missing = [
        f"{sheet}: {address}"
        for sheet in sorted(sheets)
        for address in CSS_URL.findall((site / sheet).read_text("utf-8"))
        if urlsplit(address).scheme not in OUTSIDE and not address.startswith("#")
        if not (site / resolve(sheet, address)[0]).is_file()
    ]
    assert not missing, "\n".join(missing)


def test_every_page_can_be_reached(pages: dict[str, Any]) -> None:
    """By links from the first page, the search page and the index excepted."""
    reached, waiting = set(), ["index.html"]
    while waiting:
        name = waiting.pop()
        if name in reached or name not in pages:
            continue
        reached.add(name)
        tree = pages[name].tree
        refresh = tree.xpath("//meta[@http-equiv='refresh']/@content")
        following = [text.split("url=")[1] for text in refresh] + tree.xpath("//a/@href")
        waiting += [resolve(name, a)[0] for a in following if urlsplit(a).scheme not in OUTSIDE]
    assert set(pages) - reached - {"search.html"} == set()


def test_ids_are_unique(pages: dict[str, Any]) -> None:
    """A duplicate anchor leads to the wrong place; drawings are not linked."""
    found = []
    for page in pages.values():
        ids = page.tree.xpath("//main//*[@id][not(ancestor-or-self::svg)]/@id")
        found += [f"{page.name}: {name}" for name, count in Counter(ids).items() if count > 1]
    assert not found, "\n".join(found)
