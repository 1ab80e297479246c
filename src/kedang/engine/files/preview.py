"""Show a file without trusting it: pictures drawn anew by a confined process, text as text."""

import subprocess
import sys
from pathlib import Path

from django.utils.translation import gettext as _

import kedang
from kedang.engine.files import content, rules
from kedang.engine.files.models import AttachmentVersion
from kedang.engine.files.rules import PDF, PICTURE, TEXT, TEXT_BYTES
from kedang.kernel.errors import FileRefused, NotVisible

SECONDS = 30
ENCODINGS = ("utf-8-sig", "gb18030")


def picture(version: AttachmentVersion, page: int = 0) -> tuple[bytes, str]:
    """Return a picture, or a page of a PDF, drawn anew, and its media type.

    Raises FileRefused when it cannot or must not be drawn, NotVisible when there is no such page.
    """
    if version.kind not in (PICTURE, PDF):
        raise NotVisible(_("This file is shown by downloading it."))
    with content.path_of(version.digest).open("rb") as source:
        try:
            done = subprocess.run(
                [sys.executable, "-m", "kedang.engine.files.child", version.kind, str(page)],
                stdin=source, capture_output=True, timeout=SECONDS, check=False,
                env={"PYTHONPATH": str(Path(kedang.__file__).parents[1]), "PYTHONSAFEPATH": "1"},
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise FileRefused(_("Drawing this picture takes too long; download it."), limit="time") from error
    if done.returncode == rules.NO_PAGE:
        raise NotVisible(_("The file has no such page."))
    if done.returncode == rules.TOO_MANY_PIXELS:
        raise FileRefused(
            _("The picture has more than 50 million pixels, the limit; download it."), limit="pixels"
        )
    if done.returncode or not done.stdout:
        raise FileRefused(_("This file is damaged and cannot be shown; download it."), limit="damaged")
    return done.stdout, "image/png" if done.stdout.startswith(b"\x89PNG") else "image/jpeg"


def text(version: AttachmentVersion) -> tuple[str, bool]:
    """Return the beginning of a text file, and whether it goes on; nothing for what is no text."""
    if version.kind != TEXT:
        return "", False
    with content.path_of(version.digest).open("rb") as source:
        raw = source.read(TEXT_BYTES + 1)
    cut = len(raw) > TEXT_BYTES
    for encoding in ENCODINGS:
        for spare in range(4 if cut else 1):  # a letter may be cut through
            try:
                return raw[: min(len(raw), TEXT_BYTES) - spare].decode(encoding), cut
            except UnicodeDecodeError:
                continue
    return "", False
