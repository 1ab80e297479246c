"""The documents of the search: one row a record, with all that it can be found by."""

from typing import Any

from django.db import models

from kedang.engine.columns import IdField


class TokensField(models.TextField):  # type: ignore[type-arg]
    """Tokens parted by blanks in SQLite, where FTS5 reads them, and a tsvector in PostgreSQL. Written, never read."""

    def db_type(self, connection: Any) -> str | None:
        return "tsvector" if connection.vendor == "postgresql" else super().db_type(connection)


class SearchDocument(models.Model):
    """What one record can be found by, and by whom. The key is the record's own."""

    id = IdField()
    kind = models.CharField(max_length=4)
    tokens = TokensField()

    class Meta:
        indexes = [models.Index(fields=["kind", "id"], name="search_kind")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class SearchBuild(models.Model):
    """How far the documents of one record type are built, for which declaration: a kill loses nothing."""

    record = models.CharField(max_length=80, primary_key=True)
    declared = models.BigIntegerField()
    last_id = models.BigIntegerField(default=0)
    done = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.record
