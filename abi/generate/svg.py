# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""A canvas for the figures of the specification: boxes, lines of text and arrows, as SVG for light and dark.

The font is monospaced, so that the width of a text is known and a test can see that nothing overlaps.
"""

from __future__ import annotations

from typing import Final
from xml.sax.saxutils import escape

from abi.generate.text import head

#: Pixels: size of a letter, its width (0.602 em of the widest common font), a line.
FONT: Final = 13
LETTER: Final = 0.602 * FONT
LINE: Final = 18
_STYLE: Final = """\
.ground{fill:#ffffff} text{font:13px 'DejaVu Sans Mono',Menlo,Consolas,monospace;fill:#1b1f24}
.head{font-weight:bold} .soft{fill:#57606a} .box{fill:#f3f5f8;stroke:#8c959f}
.yes{fill:#d3f0d9;stroke:#2a7d3c} .no{fill:#fbe1de;stroke:#b3392f} .some{fill:#fdf0cf;stroke:#9a6b00}
.line{stroke:#57606a;fill:none;stroke-width:1.5} .tip{fill:#57606a}
@media (prefers-color-scheme:dark){.ground{fill:#10151c} text{fill:#e6ebf1} .soft{fill:#a7b0bb}
.box{fill:#1d2530;stroke:#6b7683} .yes{fill:#173d22;stroke:#58b36e} .no{fill:#4a1d1a;stroke:#e0796f}
.some{fill:#43350f;stroke:#d6a93a} .line{stroke:#a7b0bb} .tip{fill:#a7b0bb}}"""

_TIP: Final = (
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
    '<path d="M0,0 L8,4 L0,8 z" class="tip"/></marker></defs>'
)


class Canvas:
    """What is drawn so far. Places are pixels from the top left corner."""

    def __init__(self, width: int, height: int) -> None:
        self._size = width, height
        self._parts: list[str] = []

    def text(self, x: float, y: float, text: str, style: str = "", anchor: str = "middle") -> None:
        """One line of text, ``y`` being its base line."""
        self._parts.append(f'<text x="{x:g}" y="{y:g}" class="{style}" text-anchor="{anchor}">{escape(text)}</text>')

    def box(self, x: float, y: float, width: float, height: float, *lines: str, style: str = "box") -> None:
        """A box with its lines of text in the middle."""
        self._parts.append(f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="4" class="{style}"/>')
        first = y + height / 2 - (len(lines) - 1) * LINE / 2 + FONT * 0.36
        for n, line in enumerate(lines):
            self.text(x + width / 2, first + n * LINE, line)

    def arrow(self, *points: tuple[float, float]) -> None:
        """A line along the points, with a tip at the last."""
        way = " ".join(f"{x:g},{y:g}" for x, y in points)
        self._parts.append(f'<polyline points="{way}" class="line" marker-end="url(#tip)"/>')

    def render(self, sources: tuple[str, ...], title: str, description: str) -> str:
        """The whole file; title and description are what those hear who do not see it."""
        width, height = self._size
        said = "\n".join(f"     {line}" for line in head(sources)).strip()
        return "\n".join([
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" role="img">',
            f"<!-- {said} -->",
            f"<title>{escape(title)}</title>",
            f"<desc>{escape(description)}</desc>",
            f"<style>{_STYLE}</style>",
            _TIP,
            f'<rect width="{width}" height="{height}" class="ground"/>',
            *self._parts,
            "</svg>",
        ]) + "\n"
