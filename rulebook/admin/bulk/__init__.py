"""Many cases, one decision: choose (`choosing`), look ahead (`previewing`), confirm (`doing`); then every case gets an act
of its own, with its own entry in the journal. What can be done so is each kind's own matter (`Way`).
"""

from rulebook.admin.bulk.ahead import name_accounts
from rulebook.admin.bulk.choosing import bulk
from rulebook.admin.bulk.doing import bulk_work, bulk_works, go_on
from rulebook.admin.bulk.previewing import preview
from rulebook.admin.bulk.ways import Way

__all__ = ["Way", "bulk", "bulk_work", "bulk_works", "go_on", "name_accounts", "preview"]
