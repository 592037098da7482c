"""Card processors and wallets behind a port: what they are called, and how their words read.

`receiving` (what becomes of events) and `webhook` (the door) are imported from where they lie.
"""

from disputes.providers.known import SANDBOX
from disputes.providers.port import Adapter, Notice, Provider, provider_of, providers, register

__all__ = ["SANDBOX", "Adapter", "Notice", "Provider", "provider_of", "providers", "register"]
