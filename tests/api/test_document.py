"""The OpenAPI document: committed, complete, and open to everybody."""

import json

from django.test import Client

from architecture.source import ROOT
from kedang.engine.actions.generic import actions_of
from kedang.engine.records.types import RECORDS
from kedang.kits.api.document import openapi
from kedang.kits.api.urls import api

SNAPSHOT = ROOT / "docs" / "openapi.json"


def test_the_committed_document_is_the_one_served(client: Client, db: None) -> None:
    served = client.get("/api/v1/openapi.json")
    assert served.status_code == 200
    committed = json.loads(SNAPSHOT.read_text(encoding="utf-8"))
    assert served.json() == committed, "the API has changed: run make openapi and review docs/openapi.json"


def test_every_record_type_and_action_has_its_address() -> None:
    paths = openapi(api)["paths"]
    for kind in RECORDS.values():
        base = f"/api/v1/{kind.plural}"
        assert {
            base,
            f"{base}/{{id}}",
            f"{base}/{{id}}/history",
            f"{base}/{{id}}/timeline",
            f"{base}/{{id}}/why",
        } <= set(paths)
        for action in actions_of(kind.key):
            match action.name:
                case "create":
                    assert "post" in paths[base]
                case "update":
                    assert "patch" in paths[f"{base}/{{id}}"]
                case "archive":
                    assert "delete" in paths[f"{base}/{{id}}"]
                case name:
                    assert set(paths[f"{base}/{{id}}/{name}"]) == {"post"}


def test_every_operation_has_a_name_of_its_own_and_asks_for_a_key() -> None:
    operations = [operation for path in openapi(api)["paths"].values() for operation in path.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names)
    assert all(operation["security"] == [{"Key": []}, {"Session": []}] for operation in operations)


def test_no_answer_offers_a_column_that_no_surface_declares() -> None:
    for kind in RECORDS.values():
        offered = set(openapi(api)["components"]["schemas"][kind.model.__name__]["properties"])
        assert not offered & {"head", "inputs", "name_sort", "serial", "record_version"}
