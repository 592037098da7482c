"""What moderators keep beside the cases: texts to use again, notes and questions to colleagues, views of the worklist,
and work that they give out for many cases at once.

Nothing here is read by a rule, and none of it is shown to the parties.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from rulebook.ids import new_id


class CannedText(models.Model):
    """A text for reasons, proposals or questions, with variables like ``{order}``; the desk fills in what it knows."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    title = models.CharField(max_length=80)
    text = models.TextField(max_length=4000)
    use = models.CharField(max_length=40, blank=True, help_text="The action that it is offered for; empty: any.")
    topic = models.CharField(max_length=40, blank=True, help_text="The reason that it is offered for; empty: any.")
    made_by = models.UUIDField(null=True, blank=True)
    made_by_name = models.CharField(max_length=120, blank=True)
    changed_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("title"), name="canned_text_title_once", condition=Q(retired_at__isnull=True))
        ]
        ordering = ["title"]

    def __str__(self) -> str:
        return self.title


class CaseNote(models.Model):
    """A moderator's remark on a case, or his question to a colleague with the answer."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case_id = models.UUIDField(help_text="Of the case table's row.")
    text = models.TextField(max_length=4000)
    made_by = models.UUIDField()
    made_by_name = models.CharField(max_length=120)
    made_at = models.DateTimeField()
    asked_id = models.UUIDField(null=True, blank=True, help_text="The colleague who is asked; none: a remark.")
    asked_name = models.CharField(max_length=120, blank=True)
    answer = models.TextField(max_length=4000, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(name="note_of_case", fields=["case_id", "id"]),
            models.Index(
                name="note_asked",
                fields=["asked_id", "id"],
                condition=Q(asked_id__isnull=False, answered_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.made_by_name}: {self.text[:40]}"


class CaseView(models.Model):
    """A moderator's own filter of the worklist, by name."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user_id = models.UUIDField()
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=500, help_text="The worklist's own parameters, as in its address.")

    class Meta:
        constraints = [models.UniqueConstraint("user_id", Lower("name"), name="case_view_name_once")]
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class BulkWork(models.Model):
    """One act for many cases, confirmed once: each item becomes an act of its own, with its own journal entry."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    made_by = models.UUIDField()
    made_by_name = models.CharField(max_length=120)
    made_at = models.DateTimeField()
    kind = models.CharField(max_length=24, help_text="Of the cases.")
    act = models.CharField(max_length=40, help_text="Code of the way, among those of the kind.")
    label = models.CharField(max_length=120)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(name="bulk_work_of_maker", fields=["made_by", "-id"])]

    def __str__(self) -> str:
        return self.label


class BulkItem(models.Model):
    """One case of it. Its id is the idempotency key: whatever kills the work, going on does nothing twice."""

    class State(models.TextChoices):
        WAITING = "waiting"
        DONE = "done"
        REFUSED = "refused"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    work = models.ForeignKey(BulkWork, on_delete=models.CASCADE, related_name="rows", db_index=False)
    case_id = models.UUIDField()
    subject_id = models.UUIDField()
    title = models.CharField(max_length=160)
    url = models.CharField(max_length=200)
    inputs = models.JSONField(default=dict)
    version = models.PositiveIntegerField(null=True, blank=True, help_text="That the preview showed.")
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    said = models.CharField(max_length=600, blank=True, help_text="Why it was refused.")
    rule = models.CharField(max_length=16, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(name="bulk_item_of_work", fields=["work", "id"])]

    def __str__(self) -> str:
        return self.title
