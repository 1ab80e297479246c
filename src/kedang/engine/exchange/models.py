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


class ImportUpload(models.Model):
    """A file on its way through the import's pages: what it is, what was decided about it, what came of it.

    `options` say how to read it, `found` what it turned out to be, `stated` how its columns are mapped,
    `answers` what to do with rows that look like a record there is, `rehearsal` the counts of the last one.
    """

    id = IdField()
    record = models.CharField(max_length=80)
    file_name = models.CharField(max_length=200)
    size = models.PositiveBigIntegerField()
    digest = models.CharField(max_length=64)
    options = models.JSONField(default=dict)
    found = models.JSONField(default=dict)
    stated = models.JSONField(default=dict)
    remembered = models.BooleanField(default=False)
    answers = models.JSONField(default=dict)
    rehearsal = models.JSONField(default=dict)
    job_id = models.BigIntegerField(default=0)
    run = models.OneToOneField(ImportRun, models.SET_NULL, null=True, related_name="upload")
    uploaded_by = models.ForeignKey("engine.User", models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()
    gone_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["uploaded_by", "-id"], name="upload_of_user")]

    def __str__(self) -> str:
        return self.file_name


class RehearsedRow(models.Model):
    """What one row would do, in words for who rehearsed: `changes` is {field: [old, new]}."""

    upload = models.ForeignKey(ImportUpload, models.CASCADE, related_name="rows")
    row_no = models.PositiveIntegerField()
    kind = models.CharField(max_length=10)
    record_id = models.BigIntegerField(null=True)
    title = models.CharField(max_length=200, blank=True)
    cells = models.JSONField(default=list)
    changes = models.JSONField(default=dict)
    problems = models.JSONField(default=list)
    suspects = models.JSONField(default=list)

    class Meta:
        ordering = ["upload", "row_no"]
        indexes = [models.Index(fields=["upload", "kind", "row_no"], name="rehearsed_by_kind")]

    def __str__(self) -> str:
        return f"{self.row_no}: {self.kind}"


class RememberedMapping(models.Model):
    """How somebody mapped columns of these names the last time."""

    user = models.ForeignKey("engine.User", models.CASCADE, related_name="+")
    record = models.CharField(max_length=80)
    columns_digest = models.CharField(max_length=64)
    stated = models.JSONField()
    used_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "record", "columns_digest"], name="one_mapping_of_columns"
            )
        ]

    def __str__(self) -> str:
        return self.record
