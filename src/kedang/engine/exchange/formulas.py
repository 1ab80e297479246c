"""Text that a sheet program must not run, there and back.

`neutralise_cell` puts an apostrophe before what could be a formula. To bring the very same text back,
one more apostrophe goes before text that already has one there: so no two texts become equal.
"""

from kedang.kernel.text import neutralise_cell


def written(text: str) -> str:
    """Return text as it is written into a sheet, header cells included."""
    if text[:1].isalnum():  # the usual case; a full-width ＝ is not alphanumeric
        return text
    bare = text.lstrip("'")
    if bare != text and neutralise_cell(bare) != bare:
        return "'" + text
    return neutralise_cell(text)


def restored(text: str) -> str:
    """Return the text that `written` was given; leave any other text alone."""
    if not text.startswith("'"):
        return text
    bare = text.lstrip("'")
    return text[1:] if neutralise_cell(bare) != bare else text
