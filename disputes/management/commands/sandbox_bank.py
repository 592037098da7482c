"""`manage.py sandbox_bank`: the sandbox bank asks money back, decides and asks again, by its signed webhook."""

from __future__ import annotations

import json
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.test import Client

from disputes.models import ProviderNotice
from disputes.providers.known import SANDBOX
from disputes.providers.secrets import sandbox_secret_file, secrets_for
from disputes.states import ChargebackReason, Network
from rulebook.clock import now
from rulebook.webhooks import HEADER, sign


class Command(BaseCommand):
    help = "Ask an order's money back as a bank would: signed events to the webhook of providers."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("order", help="the order's id: ord_…")
        parser.add_argument("--reason", choices=ChargebackReason.values, help="what it is about")
        parser.add_argument("--code", default="", help="or the network's code of it, such as 13.1")
        parser.add_argument("--network", choices=Network.values, default="", help="default: the one it was paid by")
        parser.add_argument("--amount", default="", help='such as "35.00 USD"; default: all of it')
        parser.add_argument("--case", default="", help="the bank's number of the case; default: one for each order")
        parser.add_argument("--decide", choices=["seller", "buyer"], help="decide it, for whom")
        parser.add_argument("--reopen", action="store_true", help="contest the result: pre-arbitration")
        parser.add_argument("--twice", action="store_true", help="send every event twice, and the last one first")
        parser.add_argument("--url", default="", help="of a running server; default: in this process")

    def handle(self, *, order: str, case: str, twice: bool, url: str, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("The sandbox bank makes things up; it does not run with PIEPOWDER_ENV=production.")
        case = case or f"case-{order}"
        events = list(self._events(order, case, options))
        for notice in [[event] for event in reversed(events * 2)] if twice else [events]:
            self._send(json.dumps({"events": notice}).encode(), url)

    def _events(self, order: str, case: str, options: dict[str, Any]) -> Any:
        """What has not been told of this case yet, as its numbers go on: opened, decided, reopened, decided."""
        told = ProviderNotice.objects.filter(provider=SANDBOX.code, case_id=case)
        words = list(told.order_by("occurred_at", "received_at").values_list("word", flat=True))
        rounds, number = 1 + words.count("chargeback reopened"), len(words)
        if options["reason"] or options["code"] or not words:
            about = {name: options[name] for name in ("reason", "code", "network", "amount") if options[name]}
            if "chargeback opened" not in words:
                number += 1
                yield self._event(number, "opened", case, order=order, **about)
        if options["decide"] and not options["reopen"]:
            yield self._event(number + 1, "decided", case, winner=options["decide"], round=rounds)
        elif options["reopen"]:
            yield self._event(number + 1, "reopened", case, round=rounds + 1)

    def _event(self, number: int, word: str, case: str, **more: Any) -> dict[str, Any]:
        return {
            "id": f"{case}-{number}",
            "event": f"chargeback.{word}",
            "occurred_at": now().isoformat(),
            "case": case,
            **more,
        }

    def _send(self, body: bytes, url: str) -> None:
        secrets = secrets_for(SANDBOX.code)
        if not secrets:
            raise CommandError("The sandbox has no secret here: set PIEPOWDER_PROVIDER_SECRETS.")
        address = f"/webhooks/providers/{SANDBOX.code}/"
        headers = {HEADER: sign(body, secrets[0], at=now())}
        status, answer = _post(url.rstrip("/") + address, body, headers) if url else _call(address, body, headers)
        if sandbox_secret_file().exists():
            self.stdout.write(f"The secret is in {sandbox_secret_file()}.")
        self.stdout.write(f"{body.decode()}\n{status} {answer}")
        if status >= 400:
            raise CommandError("The webhook did not take it.")


def _call(address: str, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
    host = next((name for name in settings.ALLOWED_HOSTS if name.strip(".*")), "testserver")
    client = Client(SERVER_NAME=host.lstrip("."))
    answer = client.post(address, body, content_type="application/json", headers=headers, secure=True)
    return answer.status_code, answer.content.decode()


def _post(url: str, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
    if not url.startswith(("http://", "https://")):
        raise CommandError("--url: an address that begins with http:// or https://")
    request = Request(url, body, {**headers, "Content-Type": "application/json"}, method="POST")
    try:
        with urlopen(request, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as fault:
        return fault.code, fault.read().decode()
    except URLError as fault:
        raise CommandError(f"Nobody answers at {url}: {fault.reason}.") from fault
