"""Hand a file in as the pages do, and queue its import: `python uploader.py FILE MAPPING`, in a home of its own."""

import sys
from pathlib import Path

import django


def main() -> None:
    django.setup()
    from django.db import transaction

    from kedang.engine.exchange import uploads
    from kedang.engine.exchange.jobs import IMPORT
    from kedang.engine.exchange.mapping import read_mapping
    from kedang.engine.identity.actors import actor_of
    from kedang.engine.identity.models import User
    from kedang.engine.jobs import queue
    from kedang.engine.records.types import RECORDS

    actor, kind = actor_of(User.objects.get()), RECORDS["customers.customer"]
    path, mapping = Path(sys.argv[1]), read_mapping(Path(sys.argv[2]))
    upload = uploads.receive(actor, kind, path.name, [path.read_bytes()])
    stated = dict(mapping.stated)
    stated.pop("file", None)
    uploads.state(actor, kind, upload, stated)
    with transaction.atomic():
        job = queue(actor, IMPORT, {"upload_id": upload.pk}, subject=("engine.importupload", upload.pk))
        type(upload).objects.filter(pk=upload.pk).update(job_id=job.pk)
    sys.stdout.write(f"{upload.pk}\n")


if __name__ == "__main__":
    main()
