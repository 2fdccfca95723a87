"""The book without a mouse: a walk by Tab through every article, and quizzes answered by keys."""

from __future__ import annotations

from typing import Any

import pytest

# Name and look of the element that has the focus, as a browser computes them.
LOOK = """n => { const s = getComputedStyle(n);
    return [s.outlineStyle === 'none' ? ''
      : `${s.outlineStyle} ${s.outlineWidth} ${s.outlineColor}`,
      s.boxShadow === 'none' ? '' : s.boxShadow]; }"""
STOP = """() => {
  const e = document.activeElement;
  if (!e || e === document.body) return {where: 'browser'};
  if (!e.closest('article')) return {where: 'outside'};
  const byId = (e.getAttribute('aria-labelledby') ?? '').split(' ')
    .map(id => document.getElementById(id)?.innerText ?? '').join(' ');
  const pictures = [...e.querySelectorAll('img[alt], svg[aria-label]')]
    .map(i => i.alt ?? i.getAttribute('aria-label')).join(' ');
  const name = [e.getAttribute('aria-label'), byId, e.labels?.[0]?.innerText, e.innerText,
    e.textContent, pictures, e.title, e.alt].map(t => t?.trim()).find(Boolean) ?? '';
  const look = LOOK;
  const number = document.__stops ??= new Map();
  if (!number.has(e)) number.set(e, number.size);
  return {where: 'article', name, look: look(e),
    label: e.labels?.[0] ? look(e.labels[0]) : ['', ''], key: number.get(e),
    html: e.outerHTML.slice(0, 140).replace(/\\s+/g, ' ')};
}""".replace("LOOK", LOOK)
LOOK_OF = """key => {
  const e = [...document.__stops.keys()][key];
  const look = LOOK;
  return [look(e), e.labels?.[0] ? look(e.labels[0]) : ['', '']];
}""".replace("LOOK", LOOK)
START = """() => { const h = document.querySelector('article h1, article h2, main h1');
  h.tabIndex = -1; h.focus(); }"""
# Radio buttons are one stop for a group; everything else that can take the focus is its own.
BOUND = """() => document.querySelectorAll('article a[href], article button, article input,'
  + ' article select, article textarea, article summary, article [tabindex], article pre').length"""


def is_visible_indicator(look: list[str]) -> bool:
    """Whether an outline or a shadow can be seen: not zero wide, not transparent."""
    outline, shadow = look
    seen = bool(outline) and " 0px " not in f"{outline} " and "rgba(0, 0, 0, 0)" not in outline
    return seen or bool(shadow)


def walk(page: Any) -> tuple[list[dict[str, Any]], list[str]]:
    """Tab from the title to the end of the article: the stops, and what is wrong with them."""
    page.evaluate(START)
    bound = page.evaluate(BOUND) + 5
    stops: list[dict[str, Any]] = []
    problems = []
    for _ in range(bound):
        page.keyboard.press("Tab")
        stop = page.evaluate(STOP)
        if stops:
            last = stops[-1]
            plain, plain_label = page.evaluate(LOOK_OF, last["key"])
            on_itself = is_visible_indicator(last["look"]) and last["look"] != plain
            on_label = is_visible_indicator(last["label"]) and last["label"] != plain_label
            if not on_itself and not on_label:
                problems.append(f"focus cannot be seen: {last['html']}")
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


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_tab_walks_through_the_article(studied_page: str, scheme: str, visit: Any) -> None:
    """Never trapped; each stop has a name and shows that it has the focus."""
    page = visit(studied_page, scheme=scheme)
    page.evaluate(OPEN_BOXES)
    _, problems = walk(page)
    assert not problems, "\n".join(dict.fromkeys(problems))


OPEN_BOXES = """() => {
  document.querySelectorAll('details:not([open]) > summary').forEach(s => s.click());
  document.querySelectorAll('.toggle-hidden button.toggle-button').forEach(b => b.click());
}"""
OUT_OF_REACH = """() => [...document.querySelectorAll('article pre, article [tabindex="-1"]')]
  .filter(e => e.checkVisibility() && e.scrollWidth > e.clientWidth + 1
    && e.getAttribute('tabindex') === '-1' && !e.querySelector('a, button, input, [tabindex="0"]'))
  .map(e => `${e.scrollWidth} px in ${e.clientWidth}: ${e.innerText.slice(0, 60)}`)"""


@pytest.mark.parametrize("width", [1280, 360])
def test_wide_code_can_be_scrolled_by_keys(code_page: str, width: int, visit: Any) -> None:
    """Also inside boxes that were closed while the page loaded, and after the window shrinks."""
    page = visit(code_page, width=width)
    page.wait_for_load_state("networkidle")
    page.evaluate(OPEN_BOXES)
    page.wait_for_timeout(400)
    assert page.evaluate(OUT_OF_REACH) == []
    page.set_viewport_size({"width": width - 40, "height": 700})
    page.wait_for_timeout(700)
    assert page.evaluate(OUT_OF_REACH) == []


def test_tab_goes_back_too(quiz_page: str, visit: Any) -> None:
    """Shift and Tab leave the quiz upwards."""
    page = visit(quiz_page)
    page.locator(".quiz .quiz-answers summary").last.focus()
    stops = page.locator(".quiz input, .quiz button, .quiz summary, .quiz a").count()
    for _ in range(stops + 2):
        page.keyboard.press("Shift+Tab")
        if not page.evaluate("document.activeElement.closest('.quiz') !== null"):
            return
    pytest.fail("Shift+Tab does not leave the quiz")


def test_skip_link_skips(studied_page: str, visit: Any) -> None:
    """The first stop of a page leads past the navigation."""
    page = visit(studied_page)
    page.keyboard.press("Tab")
    first = page.evaluate("[document.activeElement.innerText, document.activeElement.hash]")
    assert first == ["Skip to main content", "#main-content"]
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


BAD = {
    "trap": (
        "<button onkeydown=\"if (event.key === 'Tab') event.preventDefault()\">stay</button>",
        "does not leave",
    ),
    "circle": (
        '<button id="a">one</button><button onkeydown="if (event.key === \'Tab\') '
        "{ event.preventDefault(); document.getElementById('a').focus() }\">two</button>",
        "does not leave the article",
    ),
    "nameless": ('<button></button><a href="#">end</a>', "no name"),
    "unseen": (
        '<style>a:focus { outline: none }</style><a href="#">x</a><a href="#">y</a>',
        "focus cannot be seen",
    ),
    "always": (
        '<style>a, a:focus { outline: 2px solid red }</style><a href="#">x</a><a href="#">y</a>',
        "focus cannot be seen",
    ),
}


@pytest.mark.parametrize("kind", BAD)
def test_the_walk_sees(kind: str, visit: Any, serve: Any, tmp_path: Any) -> None:
    text, message = BAD[kind]
    (tmp_path / "bad.html").write_text(
        '<!doctype html><title>x</title><link rel="icon" href="data:,"><article><h1>x</h1>'
        f'{text}</article><a href="#">after</a>',
        "utf-8",
    )
    visit.address = serve(tmp_path)
    _, problems = walk(visit("bad.html"))
    assert message in "; ".join(problems), problems


# --- quiz ---------------------------------------------------------------------------------

IN_FORM = "form => form.contains(document.activeElement)"
ANSWERS = """form => [...form.querySelectorAll('.quiz-answers li')]
  .map(li => ({correct: li.dataset.correct === 'true', value: li.dataset.value ?? null,
    accept: JSON.parse(li.dataset.accept ?? 'null')}))"""


def tab_to(page: Any, form: Any, selector: str) -> None:
    """Press Tab until an element of the form has the focus."""
    for _ in range(40):
        if form.evaluate(
            "(form, s) => document.activeElement.matches(s)"
            " && form.contains(document.activeElement)",
            selector,
        ):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"Tab never reaches {selector} of {form.get_attribute('id')}")


def answer(page: Any, form: Any, right: bool) -> None:
    """Give a right or a wrong answer by keys alone, from wherever the focus is before the form."""
    kind = form.get_attribute("data-type")
    answers = form.evaluate(ANSWERS)
    if kind in {"one", "truefalse"}:
        tab_to(page, form, "input[type=radio]")
        target = next(i for i, a in enumerate(answers) if a["correct"] == right)
        # Arrow keys move within a group and choose; Space chooses where the focus stands.
        page.keyboard.press("Space")
        for _ in range(len(answers)):
            if form.evaluate("(f, i) => f.querySelectorAll('input')[i].checked", target):
                break
            page.keyboard.press("ArrowDown")
    elif kind == "many":
        for number, option in enumerate(answers):
            tab_to(page, form, f"label:nth-of-type({number + 1}) input")
            if option["correct"] == right:
                page.keyboard.press("Space")
    else:
        tab_to(page, form, "input[type=text]")
        good = next(a for a in answers if a["correct"])
        page.keyboard.type(str(good["value"] or good["accept"][0]) if right else "-987654")
    tab_to(page, form, "button[type=submit]")
    page.keyboard.press("Enter")


def test_quiz_is_answered_by_keys(quiz_page: str, visit: Any) -> None:
    """Each question of each quiz; feedback appears in a live region that was there before."""
    answer_all(visit(quiz_page), right=True)


def test_quiz_is_answered_wrongly_by_keys(sampled_quiz: str, visit: Any) -> None:
    answer_all(visit(sampled_quiz), right=False)


def answer_all(page: Any, right: bool) -> None:
    """Answer a page's questions in order and look at what is said after each."""
    page.locator(".quiz").first.evaluate("e => { e.tabIndex = -1; e.focus(); }")
    forms = page.locator("form.quiz-question").all()
    assert 4 <= len(forms) <= 6, f"{len(forms)} questions"
    for number, form in enumerate(forms, start=1):
        status = form.locator("[role=status]")
        assert status.count() == 1 and status.inner_text() == ""
        before = page.evaluate("document.querySelectorAll('[role=status]').length")
        answer(page, form, right)
        said = status.inner_text()
        assert said.startswith("✓ Right." if right else "✗ Not yet."), said
        assert len(said.split()) > 4, f"no feedback beside the mark: {said}"
        assert page.evaluate("document.querySelectorAll('[role=status]').length") == before
        assert form.evaluate(IN_FORM), "the answer throws the focus out of the question"
        score = page.locator(".quiz-score").inner_text()
        assert score.startswith(f"{number if right else 0} of {len(forms)} right"), score
    assert page.locator(".quiz-score").get_attribute("role") == "status"


def test_quiz_asks_for_an_answer(sampled_quiz: str, visit: Any) -> None:
    page = visit(sampled_quiz)
    for form in page.locator("form.quiz-question").all():
        tab_to_start = form.locator("button[type=submit]")
        tab_to_start.focus()
        page.keyboard.press("Enter")
        assert "first." in form.locator("[role=status]").inner_text()
    assert "right at first try" not in page.locator(".quiz-score").inner_text()


def test_quiz_keeps_nothing(sampled_quiz: str, visit: Any) -> None:
    """The score lives in the page only: nothing is stored or sent, a reload begins anew."""
    page = visit(sampled_quiz)
    page.wait_for_load_state("networkidle")
    kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    page.locator(".quiz").first.evaluate("e => { e.tabIndex = -1; e.focus(); }")
    answer(page, page.locator("form.quiz-question").first, True)
    assert page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])") == kept
    assert page.context.cookies() == []
    assert sent == []
    page.reload(wait_until="load")
    assert page.locator(".quiz-score").inner_text() == ""


def test_quiz_shows_its_answers_without_javascript(sampled_quiz: str, visit: Any) -> None:
    page = visit(sampled_quiz, java_script_enabled=False)
    for form in page.locator("form.quiz-question").all():
        assert not form.locator("button[type=submit]").is_visible()
        answers = form.locator("details.quiz-answers")
        answers.locator("summary").click()
        assert "right:" in answers.inner_text()
        assert len(answers.locator(".quiz-note").inner_text().split()) > 3
