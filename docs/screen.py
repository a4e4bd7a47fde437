"""A screen as `tmux capture-pane -e` prints it, from stdin, as SVG. screen.py COLUMNS"""

import re
import sys
from html import escape

WIDTH, HEIGHT, MARGIN = 7.2, 17, 14
INK, PAPER = "#d4d4d4", "#1e1e1e"
COLOURS = ["#808080", "#f14c4c", "#3fb950", "#d7ba3c", "#4a9df0", "#c586c0", "#35b5c4", "#e5e5e5"]


def styled(line, style):
    """Runs of one style: column, text, style. SGR is all that tmux leaves."""
    column = 0
    for part in re.split(r"(\x1b\[[\d;]*m)", line):
        code = re.fullmatch(r"\x1b\[([\d;]*)m", part)
        if not code:
            if part.strip():
                yield column, part, dict(style)
            column += len(part)
            continue
        for number in (int(it or 0) for it in code[1].split(";")):
            if number == 0:
                style.clear()
            elif number == 1:
                style["font-weight"] = "bold"
            elif number == 2:
                style["fill-opacity"] = "0.6"
            elif number == 39:
                style.pop("fill", None)
            elif 30 <= number <= 37 or 90 <= number <= 97:
                style["fill"] = COLOURS[number % 10]


lines = sys.stdin.read().rstrip().split("\n")
width = 2 * MARGIN + WIDTH * int(sys.argv[1])
height = 2 * MARGIN + HEIGHT * len(lines)
print(
    f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" '
    f'font-family="ui-monospace, Menlo, Consolas, monospace" font-size="12" fill="{INK}">\n'
    f'<rect width="100%" height="100%" rx="6" fill="{PAPER}"/>'
)
style = {}
for row, line in enumerate(lines):
    y = MARGIN + HEIGHT * row + 12
    for column, text, how in styled(line, style):
        begin = len(text) - len(text.lstrip())
        text = text.strip()
        x = MARGIN + WIDTH * (column + begin)
        attributes = "".join(f' {name}="{value}"' for name, value in how.items())
        print(
            f'<text xml:space="preserve" x="{x:.1f}" y="{y}" textLength="{WIDTH * len(text):.1f}"'
            f"{attributes}>{escape(text, quote=False)}</text>"
        )
print("</svg>")
