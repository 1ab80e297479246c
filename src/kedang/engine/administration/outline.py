"""A tree typed as indented lines. Pure."""

from django.utils.translation import gettext as _

from kedang.kernel.errors import Invalid, Problem

MOST = 200


def read(text: str) -> list[tuple[str, int | None]]:
    """Return the name of each line with the place of the line it belongs under (None at the top).

    A line that is indented further than the one before it lies below that one. Raise Invalid for too many lines.
    """
    found: list[tuple[str, int | None]] = []
    open_lines: list[tuple[int, int]] = []
    for line in text.replace("\t", "    ").replace("\u3000", "  ").splitlines():
        name = line.strip(" -·•")
        if not name:
            continue
        depth = len(line) - len(line.lstrip(" "))
        while open_lines and open_lines[-1][0] >= depth:
            open_lines.pop()
        found.append((name[:80], open_lines[-1][1] if open_lines else None))
        open_lines.append((depth, len(found) - 1))
    if len(found) > MOST:
        text = _("At most %(most)s departments at once.") % {"most": MOST}
        raise Invalid(text, [Problem("lines", text)])
    return found
