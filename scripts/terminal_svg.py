"""terminal_svg.py COMMAND < captured screen with SGR codes > picture.svg

Draws a captured terminal screen as SVG: bold, dim and the eight colours are all that the program uses."""
import re
import sys
from html import escape

COLOURS = {30: "#444", 31: "#c0392b", 32: "#27ae60", 33: "#b9770e", 34: "#2471a3", 35: "#8e44ad",
           36: "#148f77", 37: "#ddd"}
CELL_WIDTH, LINE_HEIGHT, MARGIN = 8.4, 19, 14


def spans(line):
    """Pieces of one line: (column, text, style)."""
    style, column = {}, 0
    for piece in re.split(r"(\x1b\[[0-9;]*m)", line):
        code = re.fullmatch(r"\x1b\[([0-9;]*)m", piece)
        if code:
            for number in [int(n or 0) for n in code.group(1).split(";")]:
                if number == 0:
                    style = {}
                elif number == 1:
                    style = {**style, "font-weight": "bold"}
                elif number == 2:
                    style = {**style, "opacity": "0.6"}
                elif number in COLOURS:
                    style = {**style, "fill": COLOURS[number]}
            continue
        if piece:
            yield column, piece, style
            column += len(piece)


def main():
    lines = [f"$ {sys.argv[1]}"] + sys.stdin.read().rstrip("\n").split("\n")
    width = max(len(re.sub(r"\x1b\[[0-9;]*m", "", line)) for line in lines)
    w, h = width * CELL_WIDTH + 2 * MARGIN, len(lines) * LINE_HEIGHT + 2 * MARGIN
    print(f'<svg xmlns="http://www.w3.org/2000/svg" width="{w:.0f}" height="{h:.0f}" '
          f'viewBox="0 0 {w:.0f} {h:.0f}" role="img"><title>{escape(sys.argv[1])}</title>')
    print(f'<rect width="{w:.0f}" height="{h:.0f}" rx="6" fill="#1c2430"/>')
    print('<g font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="14" '
          'fill="#e8ecf0">')
    for row, line in enumerate(lines):
        y = MARGIN + row * LINE_HEIGHT + 14
        for column, text, style in spans(line):
            attributes = "".join(f' {name}="{value}"' for name, value in style.items())
            for words in re.finditer(r"\S+(?: \S+)*", text):  # viewers fold longer gaps
                x = MARGIN + (column + words.start()) * CELL_WIDTH
                print(f'<text x="{x:.1f}" y="{y}" textLength="{len(words.group()) * CELL_WIDTH:.1f}"'
                      f'{attributes}>{escape(words.group())}</text>')
    print("</g></svg>")


main()
