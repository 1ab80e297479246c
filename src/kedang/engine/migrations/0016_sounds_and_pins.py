"""What lists sort texts of custom attributes by, beside each copied value; lines kept on top of timelines; how long
ended jobs and read notices are kept.
"""

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import migrations, models

from kedang.kernel.text import sort_key

BATCH = 2_000


def fill(apps: Any, schema_editor: Any) -> None:
    values = apps.get_model("engine", "CustomValue").objects
    after = 0
    while rows := list(values.filter(pk__gt=after, text__isnull=False).order_by("pk")[:BATCH]):
        for row in rows:
            row.sound = sort_key(row.text)
        values.bulk_update(rows, ["sound"], batch_size=500)
        after = rows[-1].pk


def kept(days: int, name: str) -> Any:
    return models.PositiveSmallIntegerField(
        default=days, validators=[MinValueValidator(7), MaxValueValidator(3650)], verbose_name=name
    )


class Migration(migrations.Migration):
    dependencies = [("engine", "0015_seals_and_purposes")]

    operations = [
        migrations.AddField("customvalue", "sound", models.CharField(max_length=64, null=True)),
        migrations.AddIndex(
            "customvalue",
            models.Index(fields=["filter", "sound", "record_id"], name="custom_value_sound"),
        ),
        migrations.CreateModel(
            name="TimelinePin",
            fields=[
                (
                    "entry",
                    models.OneToOneField(
                        on_delete=models.CASCADE,
                        primary_key=True,
                        related_name="pin",
                        serialize=False,
                        to="engine.timelineentry",
                    ),
                ),
                ("at", models.DateTimeField()),
                ("by_name", models.CharField(max_length=80)),
            ],
        ),
        migrations.AddField("company", "keep_jobs_days", kept(90, "Keep ended jobs for so many days")),
        migrations.AddField(
            "company", "keep_notices_days", kept(180, "Keep notices that were read for so many days")
        ),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
    ]
