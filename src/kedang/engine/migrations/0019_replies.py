"""Replies: lines of a timeline that stand under the line they answer."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("engine", "0018_pools_are_administered")]

    operations = [
        migrations.AddField(
            "timelineentry",
            "answers",
            models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=models.CASCADE,
                related_name="replies",
                to="engine.timelineentry",
            ),
        ),
        migrations.AddIndex(
            "timelineentry",
            models.Index(
                condition=models.Q(("answers__isnull", False)), fields=["answers"], name="timeline_replies"
            ),
        ),
    ]
