"""Whether every attachment is on disk as it came, and what is tidied away when its time is over."""

from collections.abc import Iterator
from datetime import timedelta

from kedang.engine.files import content, disk
from kedang.engine.files.models import Attachment, AttachmentVersion
from kedang.kernel import clock

HOLD_DAYS = 30
DRAFT_HOURS = 24


def faults() -> Iterator[str]:
    """Yield what is wrong with the contents of attachments: missing, or with another digest than when they came."""
    rows = AttachmentVersion.objects.order_by("digest").values_list("digest", "size").distinct()
    for digest, size in rows.iterator(chunk_size=1_000):
        path = content.path_of(digest)
        if not path.exists():
            yield f"file {digest}: is not there"
        elif path.stat().st_size != size or disk.digest_of(path) != digest:
            yield f"file {digest}: was changed after it was stored"


def counted() -> int:
    """Return how many versions of files there are."""
    return AttachmentVersion.objects.count()


def purge() -> int:
    """Delete files that were removed 30 days ago, contents nobody names, and drafts that were cut off."""
    now, gone = clock.now(), 0
    old = Attachment.objects.filter(removed_at__lt=now - timedelta(days=HOLD_DAYS))
    for row in old[:200]:
        row.delete()
        gone += 1
    edge = (now - timedelta(hours=DRAFT_HOURS)).timestamp()
    for path in list(content.folder().glob("*/*")) + list(content.folder().glob(".*")):
        if not path.is_file() or path.stat().st_mtime > edge:
            continue
        if path.name.startswith(".") or not AttachmentVersion.objects.filter(digest=path.name).exists():
            path.unlink(missing_ok=True)
            gone += 1
    return gone
