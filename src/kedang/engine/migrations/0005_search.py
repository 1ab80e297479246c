"""The documents of the search, and the index over them that each database has: FTS5, or GIN over a tsvector."""

from typing import Any

from django.db import migrations, models

import kedang.engine.columns
import kedang.engine.search.models

# The tokens are made by us and parted by blanks; the tokenizer only has to leave them whole.
FTS5 = """CREATE VIRTUAL TABLE engine_search USING fts5(
    tokens, content='engine_searchdocument', content_rowid='id', detail='none', columnsize=0,
    tokenize="ascii tokenchars '=<>^#.@+-_'"
)"""
# Without the pending list a search never reads what waits there; the many most common tokens let the planner know
# when it is quicker to read the newest records than the index.
POSTGRES = (
    "CREATE INDEX search_tokens ON engine_searchdocument USING gin (tokens) WITH (fastupdate = off)",
    "ALTER TABLE engine_searchdocument ALTER COLUMN tokens SET STATISTICS 500",
)


def index(apps: Any, schema_editor: Any) -> None:
    statements = POSTGRES if schema_editor.connection.vendor == "postgresql" else (FTS5,)
    for statement in statements:
        schema_editor.execute(statement)


def drop(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor != "postgresql":
        schema_editor.execute("DROP TABLE engine_search")


class Migration(migrations.Migration):
    dependencies = [("engine", "0004_bulk")]

    operations = [
        migrations.CreateModel(
            name="SearchBuild",
            fields=[
                ("record", models.CharField(max_length=80, primary_key=True, serialize=False)),
                ("declared", models.BigIntegerField()),
                ("last_id", models.BigIntegerField(default=0)),
                ("done", models.BooleanField(default=False)),
            ],
        ),
        migrations.CreateModel(
            name="SearchDocument",
            fields=[
                ("id", kedang.engine.columns.IdField(serialize=False)),
                ("kind", models.CharField(max_length=4)),
                ("tokens", kedang.engine.search.models.TokensField()),
            ],
            options={"indexes": [models.Index(fields=["kind", "id"], name="search_kind")]},
        ),
        migrations.RunPython(index, drop),
    ]
