"""Names of files that came from elsewhere: what may be kept of them, and shown."""

import re
import unicodedata

LONGEST = 120
NOT_SAFE = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')


def cleaned(name: str, otherwise: str = "file") -> str:
    """Return a file name without folders, control and direction signs; at most 120 letters, its end kept."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    seen = "".join(c for c in last if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp"))
    text = " ".join(NOT_SAFE.sub("_", seen).split()).strip(". ")
    if len(text) > LONGEST:
        stem, dot, end = text.rpartition(".")
        text = f"{stem[: LONGEST - len(end) - 1]}.{end}" if dot and len(end) <= 10 else text[:LONGEST]
    return text or otherwise
