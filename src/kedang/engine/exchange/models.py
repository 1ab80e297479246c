"""What an import did, how far it came, and which rows it refused."""

from django.db import models

from kedang.engine.columns import IdField


class ImportRun(models.Model):
    """One file on its way in. `cursor` is the number of the last row whose outcome is committed."""

    RUNNING, DONE, UNDONE = "running", "done", "undone"

    id = IdField()
    record = models.CharField(max_length=80)
    file_name = models.CharField(max_length=200)
    file_digest = models.CharField(max_length=64)
    mapping = models.JSONField()
    mapping_digest = models.CharField(max_length=64)
    headers = models.JSONField(default=list)
    state = models.CharField(max_length=10, default=RUNNING)
    rows = models.PositiveIntegerField(default=0)
    cursor = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict)
    undone = models.JSONField(default=dict)
    started_by = models.ForeignKey("engine.User", models.PROTECT, null=True, related_name="+")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["started_by", "-id"], name="import_of_user"),
            models.Index(
                fields=["file_digest"], condition=models.Q(state="running"), name="import_unfinished"
            ),
        ]

    def __str__(self) -> str:
        return self.file_name


class ImportProblem(models.Model):
    """Why one field of one row was refused. The first problem keeps what stood in the file: [[row, cells], …]."""

    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="problems")
    row_no = models.PositiveIntegerField()
    field = models.CharField(max_length=60, blank=True)
    code = models.CharField(max_length=40)
    text = models.CharField(max_length=500)
    source = models.JSONField(default=list)

    class Meta:
        ordering = ["run", "row_no", "id"]
        indexes = [models.Index(fields=["run", "row_no"], name="import_problem_of_row")]

    def __str__(self) -> str:
        return self.text
