"""What the rulebook keeps: journal, deadlines, notices, cases, amendments, keys, numbers."""

from rulebook.models.amendment import Amendment
from rulebook.models.base import Aggregate, Measured
from rulebook.models.case import Case
from rulebook.models.clerk import Counter, DailyRun, Heartbeat, IdempotencyKey
from rulebook.models.deadline import Deadline
from rulebook.models.desk import BulkItem, BulkWork, CannedText, CaseNote, CaseView
from rulebook.models.journal import ChainHead, Checkpoint, JournalEntry
from rulebook.models.notice import Delivery, Notice
from rulebook.models.tally import DayCount, Tally, Total

__all__ = [
    "Aggregate",
    "Amendment",
    "BulkItem",
    "BulkWork",
    "CannedText",
    "Case",
    "CaseNote",
    "CaseView",
    "ChainHead",
    "Checkpoint",
    "Counter",
    "DailyRun",
    "DayCount",
    "Deadline",
    "Delivery",
    "Heartbeat",
    "IdempotencyKey",
    "JournalEntry",
    "Measured",
    "Notice",
    "Tally",
    "Total",
]
