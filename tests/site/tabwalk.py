"""A walk by Tab through an article, as a keyboard user reads it."""

from __future__ import annotations

from typing import Any

# Name and look of the element that has the focus, as a browser computes them; and the look that
# the stop before it has now that it has lost the focus.
LOOK = """n => { const s = getComputedStyle(n);
    return [s.outlineStyle === 'none' ? ''
      : `${s.outlineStyle} ${s.outlineWidth} ${s.outlineColor}`,
      s.boxShadow === 'none' ? '' : s.boxShadow]; }"""
STOP = """() => {
  const look = LOOK;
  const looks = e => ({look: look(e), label: e.labels?.[0] ? look(e.labels[0]) : ['', '']});
  const left = document.__left ? looks(document.__left) : null;
  const e = document.activeElement;
  const inside = e && e !== document.body && e.closest('article');
  document.__left = inside ? e : null;
  if (!inside) return {where: !e || e === document.body ? 'browser' : 'outside', left};
  const byId = (e.getAttribute('aria-labelledby') ?? '').split(' ')
    .map(id => document.getElementById(id)?.innerText ?? '').join(' ');
  const pictures = [...e.querySelectorAll('img[alt], svg[aria-label]')]
    .map(i => i.alt ?? i.getAttribute('aria-label')).join(' ');
  const name = [e.getAttribute('aria-label'), byId, e.labels?.[0]?.innerText, e.innerText,
    e.textContent, pictures, e.title, e.alt].map(t => t?.trim()).find(Boolean) ?? '';
  const number = document.__stops ??= new Map();
  if (!number.has(e)) number.set(e, number.size);
  return {where: 'article', name, ...looks(e), left, key: number.get(e),
    html: e.outerHTML.slice(0, 140).replace(/\\s+/g, ' ')};
}""".replace("LOOK", LOOK)
# A heading that is for paper only comes first on some pages and cannot take the focus.
START = """() => {
  const headings = [...document.querySelectorAll('article h1, article h2, main h1')];
  const first = headings.find(h => h.checkVisibility());
  first.tabIndex = -1; first.focus(); document.__left = null;
  return document.activeElement === first;
}"""
# Radio buttons are one stop for a group; everything else that can take the focus is its own.
BOUND = """() => document.querySelectorAll('article a[href], article button, article input,'
  + ' article select, article textarea, article summary, article [tabindex], article pre').length"""


def is_visible_indicator(look: list[str]) -> bool:
    """Whether an outline or a shadow can be seen: not zero wide, not transparent."""
    outline, shadow = look
    seen = bool(outline) and " 0px " not in f"{outline} " and "rgba(0, 0, 0, 0)" not in outline
    return seen or bool(shadow)


def shows_focus(stop: dict[str, Any], left: dict[str, Any]) -> bool:
    """Whether a stop, or its label, looks otherwise with the focus than without it."""
    return any(is_visible_indicator(stop[it]) and stop[it] != left[it] for it in ("look", "label"))


def walk(page: Any) -> tuple[list[dict[str, Any]], list[str]]:
    """Tab from the title to the end of the article: the stops, and what is wrong with them."""
    if not page.evaluate(START):
        return [], ["the title does not take the focus: nothing is walked"]
    bound = page.evaluate(BOUND) + 5
    stops: list[dict[str, Any]] = []
    problems = []
    for _ in range(bound):
        page.keyboard.press("Tab")
        stop = page.evaluate(STOP)
        if stops and not shows_focus(stops[-1], stop["left"]):
            problems.append(f"focus cannot be seen: {stops[-1]['html']}")
        if stop["where"] != "article":
            return stops, problems
        if not stop["name"]:
            problems.append(f"no name: {stop['html']}")
        if stops and stop["key"] == stops[-1]["key"]:
            return stops, [*problems, f"Tab does not leave {stop['html']}"]
        stops.append(stop)
    keys = [stop["key"] for stop in stops]
    again = next((s["html"] for s, key in zip(stops, keys, strict=True) if keys.count(key) > 1), "")
    return stops, [*problems, f"Tab does not leave the article after {bound} stops: {again}"]
