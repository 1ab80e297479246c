"""The bytes of attachments: on disk by their digest, each content once."""

from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from kedang.engine.files import disk
from kedang.engine.files.rules import FILE_BYTES, is_program
from kedang.kernel.errors import FileRefused


def folder() -> Path:
    """Return where contents lie, outside everything that is served."""
    return Path(settings.MEDIA_ROOT)


def path_of(digest: str) -> Path:
    """Return where the content with a digest lies."""
    return folder() / digest[:2] / digest


def take(name: str, chunks: Iterable[bytes]) -> disk.Draft:
    """Put a content on disk and return what it is; raise FileRefused, naming the limit."""
    try:
        draft = disk.write(folder(), chunks, FILE_BYTES)
    except disk.TooLarge as error:
        text = _("“%(name)s” is larger than 50 MB, the limit for one attachment.")
        raise FileRefused(text % {"name": name}, limit="size") from error
    if not draft.size:
        disk.drop(draft)
        raise FileRefused(_("“%(name)s” is empty.") % {"name": name}, limit="empty")
    if is_program(name, draft.head):
        disk.drop(draft)
        text = _("“%(name)s” is a program. Programs are not kept; put it into an archive if it must be.")
        raise FileRefused(text % {"name": name}, limit="program")
    place = path_of(draft.digest)
    if place.exists():
        disk.drop(draft)
    else:
        disk.place(draft, place)
    return draft
