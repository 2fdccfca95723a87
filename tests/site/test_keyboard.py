"""The book without a mouse: quizzes answered by keys, and a walk by Tab that sees what is wrong.

The walk through every article is a look of test_pages.
"""

from __future__ import annotations

from typing import Any

import pytest
from tabwalk import walk

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
        # Arrow keys move within a group and choose; Space chooses the focused option.
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
    """Each question of each quiz; feedback appears in a live region that was there before.

    Then, in the same opening, Shift and Tab leave the quiz upwards.
    """
    page = visit(quiz_page)
    answer_all(page, right=True)
    go_back_by_tab(page)


def go_back_by_tab(page: Any) -> None:
    """Press Shift and Tab from the last answer until the focus has left the quiz."""
    page.locator(".quiz .quiz-answers summary").last.focus()
    stops = page.locator(".quiz input, .quiz button, .quiz summary, .quiz a").count()
    for _ in range(stops + 2):
        page.keyboard.press("Shift+Tab")
        if not page.evaluate("document.activeElement.closest('.quiz') !== null"):
            return
    pytest.fail("Shift+Tab does not leave the quiz")


def test_a_trap_on_the_way_back_is_seen(visit: Any, serve: Any, tmp_path: Any) -> None:
    """Control: a quiz that keeps the focus."""
    (tmp_path / "bad.html").write_text(
        '<!doctype html><title>x</title><link rel="icon" href="data:,"><a href="#">before</a>'
        "<div class='quiz' onkeydown=\"event.key === 'Tab' && event.preventDefault()\">"
        '<details class="quiz-answers"><summary>x</summary></details></div>',
        "utf-8",
    )
    visit.address = serve(tmp_path)
    with pytest.raises(pytest.fail.Exception, match="does not leave the quiz"):
        go_back_by_tab(visit("bad.html"))


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
        assert len(said.split()) > 4, f"no feedback after the mark: {said}"
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
    """The score exists in the page only: nothing is stored or sent, and a reload resets it."""
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
