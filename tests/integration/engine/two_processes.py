"""Bring files in, in one process or in two, in batches of some rows; say on standard output what came of it.

`python two_processes.py HOW ROWS RECORD FILE MAPPING [RECORD FILE MAPPING …]`, in a home of its own; HOW is `one`,
`two`, `threads` where a thread beside the import forbids a fork, or `lost` where the partner is killed on its
way. With `+asked` rows that look like a record there is are left out, but for two that are filed all the same.
"""

import json
import sys
from multiprocessing import active_children
from pathlib import Path
from threading import Event, Thread

import django

LOST_AFTER = 2


def main(how: str, rows: str, *files: str) -> None:
    how, _sign, asked = how.partition("+")
    answers = {"3": "create", "40": "create"} if asked else None
    django.setup()
    from kedang.engine.exchange import pace, partner
    from kedang.engine.exchange.imports import run_import
    from kedang.engine.exchange.mapping import read_mapping
    from kedang.engine.exchange.models import ImportProblem
    from kedang.engine.identity.actors import actor_of
    from kedang.engine.identity.models import User
    from kedang.engine.records.types import RECORDS
    from kedang.engine.records.verify import verify

    pace.FEWEST = pace.MOST = pace.UNHURRIED = int(rows)
    pace.Pace.__init__.__defaults__ = (int(rows), *pace.Pace.__init__.__defaults__[1:])
    partner.FEWEST_ROWS, partner.PATIENCE_SECONDS = 1, 60.0
    partner.ALLOWED_DOUBTS = 1_000
    partner.processors = lambda: 1 if how == "one" else 2
    taken, result, go_on = [], partner.Partner.result, partner.Partner.go_on

    def noted(self):
        taken.append(done := result(self))
        return done

    def deadly(self, turn):
        if len(taken) == LOST_AFTER:
            for child in active_children():
                child.kill()
                child.join()
        go_on(self, turn)

    partner.Partner.result = noted
    if how == "lost":
        partner.Partner.go_on = deadly
    if how == "threads":
        Thread(target=Event().wait, daemon=True).start()
    actor = actor_of(User.objects.get())
    counts = []
    for record, path, mapping in zip(files[::3], files[1::3], files[2::3], strict=True):
        chosen = read_mapping(Path(mapping))
        done = run_import(actor, RECORDS[record], Path(path), chosen, answers=answers)
        like = [(one.row, one.done, [suspect.title for suspect in one.suspects]) for one in done.suspected]
        counts.append({**done.counts, "state": done.run.state, "cursor": done.run.cursor, "like": like})
    problems = ImportProblem.objects.order_by("run__record", "row_no", "pk")
    verdict = verify(digest=True)
    json.dump({
        "counts": counts, "digest": verdict.digest, "faults": verdict.faults, "entries": verdict.entries,
        "problems": list(problems.values_list("row_no", "field", "code", "text")),
        "stored": sum(done is not None for done in taken), "unsure": taken.count(None),
    }, sys.stdout)  # fmt: skip


if __name__ == "__main__":
    main(*sys.argv[1:])
