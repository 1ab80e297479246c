"""Years of the calendar, and the days in them that differ from the weekday."""

from django.db import models


class CalendarYear(models.Model):
    """One year. Unless its notice is published, what is counted in it is provisional."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    published = models.BooleanField(default=False)


class CalendarDay(models.Model):
    """A day off, or a weekend day that is worked."""

    day = models.DateField(primary_key=True)
    working = models.BooleanField()
    name = models.CharField(max_length=40, blank=True)
