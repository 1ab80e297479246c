"""Every operation, called with what its own document allows and does not allow: never a failure of ours."""

from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.calling import caller
from api.drawing import calls
from kedang.engine.records.types import RECORDS
from kedang.kernel import ids
from world import World

PARTS = 4
CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)


@pytest.fixture
def one_connection() -> Iterator[None]:
    """Keep the connection that holds the test's transaction open between calls."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def operations(schema: Any) -> Iterator[Any]:
    for result in schema.get_all_operations():
        yield result.ok()


def send(case: Any, key: str) -> int:
    """Make one call, leave no trace of it and return how it was answered."""
    with transaction.atomic():
        answer = case.call(headers={"Authorization": f"Bearer {key}"})
        transaction.set_rollback(True)
    case.validate_response(answer, checks=CHECKS)
    return int(answer.status_code)


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_no_call_breaks_anything(world: World, one_connection: None, mode: GenerationMode, part: int) -> None:
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())
    key = caller(world.chief, "administrator", "general_manager").key
    seen: Counter[int] = Counter()
    chosen = list(islice(operations(schema), part, None, PARTS))
    for operation, drawn in zip(chosen, calls(chosen, mode), strict=True):
        plural = operation.path.split("/")[3]
        kind = next((one for one in RECORDS.values() if one.plural == plural), None)
        real = ids.show(world.records[kind.key]["li"].pk if kind is not None else ids.new_id())
        for case, known in drawn:
            if known and "id" in case.path_parameters:
                case.path_parameters["id"] = real
            seen[send(case, key)] += 1
    assert seen.total() >= 40
    assert max(seen) < 500
    assert mode is GenerationMode.NEGATIVE or seen[200] > 5, seen
