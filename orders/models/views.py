"""Views of a list that a person has saved."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from rulebook.ids import new_id


class SavedView(models.Model):
    """A name for what a list was asked. Bookkeeping of the reader's own, no court record: it is not journalled.

    scope: ``console``, or the public id of the store in whose portal it was saved. query: the address after its ``?``,
    cleaned, without a position.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    scope = models.CharField(max_length=32)
    name = models.CharField(max_length=40)
    query = models.CharField(max_length=600)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="saved_view_name_once", fields=["user", "scope", "name"]),
            models.CheckConstraint(name="saved_view_has_a_name", condition=~Q(name="")),
        ]

    def __str__(self) -> str:
        return self.name
