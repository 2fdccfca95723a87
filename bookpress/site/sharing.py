"""Link previews, the site map and the 404 page.

A preview's picture and a site map need full addresses, and a site built in a folder does not know
its own. Set ``BOOK_URL`` in ``_config.yml`` when you publish the book, or for one build::

    BOOK_URL=https://example.org/book/ make book

Without it, previews have a title and description, and no URL is made up.
"""

from __future__ import annotations

import os
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from sphinx.errors import ExtensionError

from bookpress.files import write_atomically
from bookpress.site.built import NOT_FOUND, own_pages
from bookpress.site.pages import book_image, figure_file
from bookpress.sources import page_metadata

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx
    from sphinx.config import Config

ADDRESS = "BOOK_URL"

NOT_FOUND_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<link rel="icon" href="data:,">
<title>No such page - Bridge or Barrier?</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 1.1rem/1.6 system-ui, sans-serif; max-width: 34rem; margin: 15vh auto;
  padding: 0 1rem; }}
</style>
</head>
<body>
<main>
<h1>This page is not here</h1>
<p>The address may be mistyped, or the page has moved with a new edition.</p>
<p><a href="{home}index.html">Begin at the first page</a>, which links to all chapters, or
<a href="{home}search.html">search the book</a>.</p>
</main>
</body>
</html>
"""


def address(config: Config) -> str:
    """Where the site will be published, with a slash at the end; empty if it is not known.

    The environment takes precedence over ``_config.yml``.

    Raises
    ------
    ExtensionError
        If it is not a full URL.
    """
    given = (os.environ.get(ADDRESS) or str(config[ADDRESS])).strip()
    if not given:
        return ""
    parts = urlsplit(given)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        raise ExtensionError(
            f"{ADDRESS} is {given!r}; expected a full address such as https://example.org/book/"
        )
    return given.rstrip("/") + "/"


def name_the_site(app: Sphinx, config: Config) -> None:
    """Let Sphinx write canonical addresses."""
    config.html_baseurl = address(config)


def describe(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Add what link previews show: title, description, and with an address the first figure."""
    text = Path(app.env.doc2path(page)).read_text("utf-8") if doctree else ""
    description = page_metadata(text).get("myst", {}).get("html_meta", {}).get("description")
    if doctree is None or not description:
        return
    tags = {
        "og:type": "article",
        "og:site_name": app.config.html_title or app.config.project,
        "og:title": app.env.titles[page].astext(),
        "og:description": description,
        "twitter:card": "summary_large_image",
    }
    base = address(app.config)
    if base:
        tags["og:url"] = f"{base}{quote(page)}.html"
        picture = next(doctree.findall(book_image), None)
        if picture is not None:
            tags["og:image"] = f"{base}{figure_file(picture)}.png"
    context["metatags"] += "".join(
        f'<meta property="{name}" content="{escape(value)}" />\n' for name, value in tags.items()
    )


def write_files(app: Sphinx, exception: Exception | None) -> None:
    """Write the 404 page, and with an address the site map."""
    if exception is not None or app.builder.name != "html":
        return
    site, base = Path(app.outdir), address(app.config)
    write_atomically(site / NOT_FOUND, NOT_FOUND_PAGE.format(home=escape(base)).encode())
    if base:
        write_atomically(site / "sitemap.xml", site_map(site, base).encode())


def site_map(site: Path, base: str) -> str:
    """List the addresses of all pages that a reader sees."""
    names = [path.relative_to(site).as_posix() for path in own_pages(site)]
    shown = [name for name in names if name not in ("search.html", "index.html")]
    rows = "".join(f"  <url><loc>{escape(base + quote(name))}</loc></url>\n" for name in shown)
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
        f"{rows}</urlset>\n"
    )


def setup(app: Sphinx) -> None:
    """Register the setting and the step."""
    app.add_config_value(ADDRESS, "", "html")
    app.connect("config-inited", name_the_site)
    app.connect("html-page-context", describe, priority=950)
    app.connect("build-finished", write_files)
