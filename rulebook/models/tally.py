"""What is counted about a store: single events, their sums by platform day, their sums of all time.

The docket keeps all three in step from what its objects say of themselves (`Measured.measures`). An indicator over a window
adds the full days inside and the single events of the two days in which its edges lie, so that it is exact to the second.
"""

from __future__ import annotations

from django.db import models

from rulebook.ids import new_id


class Tally(models.Model):
    """One event that counts: so much of `name` at `at`, because of the object `root_id`. What is taken back is a row with the
    opposite sign at the same moment; rows are never changed."""

    KIND, NUMBERED = "tally", False

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    store_id = models.UUIDField()
    name = models.CharField(max_length=40)
    at = models.DateTimeField()
    value = models.BigIntegerField()
    root_id = models.UUIDField()

    class Meta:
        indexes = [
            models.Index(name="tally_of_store", fields=["store_id", "name", "at"], include=["value", "root_id"]),
            models.Index(name="tally_of_root", fields=["root_id"]),
        ]
        verbose_name_plural = "tallies"

    def __str__(self) -> str:
        return f"{self.name} {self.value:+d}"


class DayCount(models.Model):
    """The sum of a store's tallies of one name and platform day."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    store_id = models.UUIDField()
    name = models.CharField(max_length=40)
    day = models.DateField()
    value = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(name="day_count_once", fields=["store_id", "name", "day"])]

    def __str__(self) -> str:
        return f"{self.name} on {self.day}: {self.value}"


class Total(models.Model):
    """The sum of a store's tallies of one name, of all time."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    store_id = models.UUIDField()
    name = models.CharField(max_length=40)
    value = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(name="total_once", fields=["store_id", "name"])]

    def __str__(self) -> str:
        return f"{self.name}: {self.value}"
