"""Write a backup of everything into a folder while people work: database, files, and a manifest to check them by."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from django.utils.translation import gettext as _

from kedang.kernel.actor import Actor
from kedang.project.answers import Answer
from kedang.project.operations import backup


def add_arguments(parser: ArgumentParser) -> None:
    """Add where it goes and what goes along."""
    parser.add_argument("folder", metavar="DIR", type=Path, help="where the file is written")
    parser.add_argument(
        "--with-key", action="store_true", help="put the secret key in too: then guard the file like it"
    )
    parser.add_argument(
        "--keep", type=int, default=0, metavar="N", help="remove all but the newest N of the folder"
    )


def run(options: Namespace) -> Answer:
    """Make the backup; --keep counts it too."""
    folder = options.folder.expanduser().resolve()
    file = backup.noted(Actor("kedang backup"), backup.make(folder, with_key=options.with_key))
    gone = backup.keep_newest(folder, options.keep) if options.keep > 0 else []
    size = file.stat().st_size
    words = [_("%(file)s, %(size)s MB") % {"file": file, "size": round(size / 1e6, 1)}]
    if not options.with_key:
        words.append(
            _(
                "The secret key is not in it: keep a copy of it elsewhere, or second factors have to be set up anew."
            )
        )
    words += [_("removed: %(file)s") % {"file": old} for old in gone]
    data = {
        "file": str(file),
        "size": size,
        "with_key": options.with_key,
        "removed": [str(old) for old in gone],
    }
    return Answer("\n".join(words), data)
