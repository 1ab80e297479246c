"""Request keys: a repeated call is one write."""

from django.db import models


class RequestKey(models.Model):
    """A call that was made once under a key its sender chose."""

    user_id = models.BigIntegerField()
    key = models.CharField(max_length=100)
    digest = models.CharField(max_length=64)
    record_id = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user_id", "key"], name="request_once")]
