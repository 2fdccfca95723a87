"""Formulas as MathML, converted at build time.

Every current browser renders MathML natively and screen readers support it, so pages need neither
MathJax (1.1 MB of script) nor its fonts. See docs/decisions/0005-mathml.md.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.errors import ExtensionError

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.writers.html5 import HTML5Translator


def to_mathml(latex: str, display: str) -> str:
    """Translate LaTeX into MathML.

    Parameters
    ----------
    latex
        A formula.
    display
        ``"inline"`` or ``"block"``.

    Raises
    ------
    ExtensionError
        If the formula cannot be read; names the formula.
    """
    try:
        mathml = str(convert(latex, display=display))
    except Exception as error:  # the converter raises a dozen unrelated kinds
        raise ExtensionError(f"formula {latex!r} is not valid LaTeX: {error!r}") from None
    unknown = re.search(r"\\[A-Za-z]+", mathml)
    if unknown:  # the converter leaves commands that it does not know in its output
        raise ExtensionError(f"formula {latex!r}: the converter does not know {unknown[0]}")
    return mathml


def visit_math(self: HTML5Translator, node: nodes.math) -> None:
    """Write an inline formula."""
    self.body.append(to_mathml(node.astext(), "inline"))
    raise nodes.SkipNode


def visit_math_block(self: HTML5Translator, node: nodes.math_block) -> None:
    """Write a displayed formula in a box that scrolls sideways on phones."""
    self.body.append(f'<div class="book-formula">{to_mathml(node.astext(), "block")}</div>')
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    """Offer the renderer; ``_config.yml`` selects it by ``html_math_renderer``."""
    app.add_html_math_renderer("mathml", (visit_math, None), (visit_math_block, None))
