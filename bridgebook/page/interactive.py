"""Interactive panels that follow controls, with and without a kernel.

``frames(panels, controls)`` is one call for four situations:

* at build time it draws every combination once and stores the results; the page then swaps stored
  frames when the reader moves a control (native HTML controls, no kernel, no library);
* in Jupyter it makes ipywidgets controls and draws each state on demand;
* in live cells on the page the controls stay native and Python draws each state;
* in print and without JavaScript the default state stays visible.
"""

from __future__ import annotations

import inspect
import itertools
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from bridgebook.page.onpage import LIVE_VARIABLE, frames_box, with_own_ids

FRAMES_MIME = "application/vnd.bridgebook.frames+json"
MAX_FRAMES = 400

Panel = Callable[..., Any]


@dataclass(frozen=True)
class Control:
    """A control that the reader moves.

    Parameters
    ----------
    label
        Text next to the control.
    options
        The choices: values, or a mapping from the words shown to the values.
    default
        The value shown first; one of the options.
    kind
        ``"slider"`` for an ordered quantity, ``"choice"`` for a list of names.
    live
        Finer options for use where Python runs, since not all their frames would fit on a page;
        the default must be one of them too.
    """

    label: str
    options: Sequence[Any] | Mapping[str, Any]
    default: Any
    kind: str = "slider"
    live: Sequence[Any] | Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        if self.default not in self.values:
            raise ValueError(
                f"control {self.label!r}: default {self.default!r} is not one of {self.values}"
            )
        if self.kind not in {"slider", "choice"}:
            raise ValueError(f"control {self.label!r}: kind is 'slider' or 'choice'")
        if self.live is not None:
            self.finer()

    def finer(self) -> Control:
        """The control with its finer options, for use where Python runs."""
        if self.live is None:
            return self
        return Control(self.label, self.live, self.default, "slider")

    @property
    def values(self) -> list[Any]:
        """The values passed to the panels, in order."""
        options = self.options
        return list(options.values()) if isinstance(options, Mapping) else list(options)

    @property
    def words(self) -> list[str]:
        """What the reader sees for each value."""
        options = self.options
        if isinstance(options, Mapping):
            return list(options)
        return [
            f"{value:,}" if isinstance(value, (int, float)) else str(value) for value in options
        ]

    @property
    def start(self) -> int:
        """Position of the default."""
        return self.values.index(self.default)


def frames(panels: Sequence[Panel], controls: Mapping[str, Control], title: str) -> Any:
    """Show panels that update when their controls are moved.

    Parameters
    ----------
    panels
        Functions that draw one state. The names of a function's parameters say which controls it
        follows. A panel returns a figure with its alt text as ``(fig, "sentence")``, or HTML.
    controls
        Controls by parameter name, in the order shown.
    title
        Accessible name of the whole, for screen readers.

    Raises
    ------
    ValueError
        If a panel asks for an unknown control, no panel follows a control, or a panel has
        more than :data:`MAX_FRAMES` states.
    """
    followed = [_followed(panel, controls) for panel in panels]
    unused = set(controls) - set(itertools.chain(*followed))
    if unused:
        raise ValueError(f"frames(): no panel follows {', '.join(sorted(unused))}")
    if os.environ.get("BRIDGEBOOK_BUILD"):
        from IPython.display import display

        stored = [_draw_all(p, names, controls) for p, names in zip(panels, followed, strict=True)]
        display({FRAMES_MIME: _bundle(title, controls, stored), "text/plain": title}, raw=True)
        return None
    finer = {name: control.finer() for name, control in controls.items()}
    show = _follow_on_the_page if os.environ.get(LIVE_VARIABLE) else _widgets
    return show(panels, followed, finer, title)


def _followed(panel: Panel, controls: Mapping[str, Control]) -> list[str]:
    """Names of the controls that a panel follows, from its signature."""
    names = list(inspect.signature(panel).parameters)
    unknown = [name for name in names if name not in controls]
    if unknown:
        raise ValueError(
            f"frames(): panel {panel.__name__} asks for {', '.join(unknown)}; "
            f"controls are {', '.join(controls)}"
        )
    return names


def _draw_all(panel: Panel, names: list[str], controls: Mapping[str, Control]) -> dict[str, Any]:
    """Draw every state of one panel, in row-major order of its controls."""
    states = list(itertools.product(*(controls[name].values for name in names)))
    if len(states) > MAX_FRAMES:
        raise ValueError(
            f"frames(): panel {panel.__name__} has {len(states)} states, more than {MAX_FRAMES}; "
            "give its controls fewer steps or split the panel"
        )
    drawn = [_to_html(panel(**dict(zip(names, state, strict=True)))) for state in states]
    return {
        "name": panel.__name__,
        "controls": names,
        "frames": [frame for frame, _ in drawn],
        "tables": list(dict.fromkeys(table for _, tables in drawn for table in tables)),
    }


def _to_html(result: Any) -> tuple[str, tuple[str, ...]]:
    """Return one state as HTML, and the tables it names as its source.

    Text is returned unchanged; a figure becomes SVG that follows the page's light or dark mode.
    """
    if isinstance(result, str):
        return result, ()
    import matplotlib.pyplot as plt

    from bridgebook.page import charts

    fig, alt = result
    svg = charts.to_inline_svg(fig, alt)
    plt.close(fig)
    return svg, charts.tables_of(fig)


def _with_own_colours(drawing: str) -> str:
    """Give each colour variable a fallback, since outside the book no style sheet defines it."""
    from bridgebook.page import charts

    for role, colour in charts.ROLES.items():
        drawing = drawing.replace(f"var(--figure-{role})", f"var(--figure-{role},{colour})")
    return drawing


def _bundle(
    title: str, controls: Mapping[str, Control], panels: list[dict[str, Any]]
) -> dict[str, Any]:
    """What the page needs: the controls, and for each panel its frames in order."""
    return {
        "title": title,
        "controls": _described(controls),
        "panels": panels,
    }


def _described(controls: Mapping[str, Control]) -> list[dict[str, Any]]:
    """Describe the controls for the page's script."""
    return [
        {
            "name": name,
            "label": control.label,
            "kind": control.kind,
            "words": control.words,
            "start": control.start,
        }
        for name, control in controls.items()
    ]


_ON_THE_PAGE: list[list[Callable[[Mapping[str, int]], str]]] = []
"""Functions that draw the panels of a live page: one list per call of :func:`frames`, in order."""


def redraw(number: int, place: int, positions: Mapping[str, int]) -> str:
    """Draw a panel of a live page for new positions of the controls.

    Parameters
    ----------
    number
        Which call of :func:`frames`, from 0.
    place
        Which of its panels, from 0.
    positions
        Position of each control, from 0, by name.

    Returns
    -------
    Its HTML.
    """
    return _ON_THE_PAGE[number][place](positions)


def _follow_on_the_page(
    panels: Sequence[Panel],
    followed: list[list[str]],
    controls: Mapping[str, Control],
    title: str,
) -> None:
    """Show controls and default states; :func:`redraw` runs when the reader moves one."""
    from IPython.display import display

    ident = f"live-{len(_ON_THE_PAGE)}"

    def drawing(place: int) -> Callable[[Mapping[str, int]], str]:
        def draw(positions: Mapping[str, int]) -> str:
            state = {name: controls[name].values[positions[name]] for name in followed[place]}
            return with_own_ids(_to_html(panels[place](**state))[0], f"{ident}-{place}")

        return draw

    made = [drawing(place) for place in range(len(panels))]
    start = {name: control.start for name, control in controls.items()}
    shown = [(names, draw(start)) for names, draw in zip(followed, made, strict=True)]
    _ON_THE_PAGE.append(made)
    html = frames_box(ident, title, _described(controls), shown, live=ident.removeprefix("live-"))
    display({FRAMES_MIME: {"html": html}, "text/plain": title}, raw=True)


def _widgets(
    panels: Sequence[Panel],
    followed: list[list[str]],
    controls: Mapping[str, Control],
    title: str,
) -> Any:
    """Show ipywidgets controls, with states drawn on demand, where Python runs."""
    import ipywidgets as widgets
    from IPython.display import HTML, display

    inputs = {}
    for name, control in controls.items():
        kind = widgets.SelectionSlider if control.kind == "slider" else widgets.Dropdown
        inputs[name] = kind(
            options=list(zip(control.words, control.values, strict=True)),
            value=control.default,
            description=control.label,
            style={"description_width": "initial"},
            layout={"width": "min(100%, 30em)"},
        )

    def drawing(panel: Panel) -> Callable[..., None]:
        def draw(**state: Any) -> None:
            html, _ = _to_html(panel(**state))
            display(HTML(_with_own_colours(html)))

        return draw

    outputs = [
        widgets.interactive_output(drawing(panel), {name: inputs[name] for name in names})
        for panel, names in zip(panels, followed, strict=True)
    ]
    heading = widgets.HTML(f"<strong>{escape(title)}</strong>")
    return widgets.VBox([heading, *inputs.values(), *outputs])
