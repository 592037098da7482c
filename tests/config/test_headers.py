"""Headers of all answers, and the request id's way into the log."""

import json
import logging

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from config.logging import JsonFormatter, RequestIdFilter
from config.middleware import ContentSecurityPolicyMiddleware, RequestIdMiddleware


def policy_at(path):
    middleware = ContentSecurityPolicyMiddleware(lambda request: HttpResponse())
    header = middleware(RequestFactory().get(path))["Content-Security-Policy"]
    return dict(directive.split(" ", 1) for directive in header.split("; "))


@pytest.mark.parametrize("path", ["/", "/portal/", "/api/v1/orders", "/consoles", "/healthz"])
def test_pages_load_and_run_only_what_is_ours(path):
    policy = policy_at(path)

    assert policy["default-src"] == "'self'"
    assert "unsafe" not in str(policy)
    assert policy["frame-ancestors"] == policy["object-src"] == "'none'"


def test_the_console_may_do_what_its_theme_needs_and_no_more():
    policy = policy_at("/console/orders/")

    assert policy["script-src"] == "'self' 'unsafe-eval'"
    assert policy["style-src"] == "'self' 'unsafe-inline'"
    assert policy["default-src"] == "'self'"


def test_a_view_keeps_its_own_policy():
    def evidence(request):
        return HttpResponse(headers={"Content-Security-Policy": "sandbox"})

    response = ContentSecurityPolicyMiddleware(evidence)(RequestFactory().get("/console/"))

    assert response["Content-Security-Policy"] == "sandbox"


def test_answers_carry_the_usual_protection(client):
    response = client.get("/healthz")

    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Permissions-Policy"].startswith("camera=()")


def test_a_proxys_request_id_is_kept_and_a_dangerous_one_replaced(client):
    kept = client.get("/healthz", headers={"X-Request-ID": "edge-12345678"})
    replaced = client.get("/healthz", headers={"X-Request-ID": "a\tb{}<script>"})

    assert kept["X-Request-ID"] == "edge-12345678"
    assert len(replaced["X-Request-ID"]) == 32


def test_a_log_line_is_one_json_object_with_the_id_of_its_request():
    lines = []

    def view(request):
        record = logging.makeLogRecord(
            {"name": "court", "levelname": "INFO", "msg": "ruled on\n%s", "args": ("dsp_1",)}
        )
        record.store_id = "sto_1"
        RequestIdFilter().filter(record)
        lines.append(JsonFormatter().format(record))
        return HttpResponse()

    RequestIdMiddleware(view)(RequestFactory().get("/", headers={"X-Request-ID": "edge-12345678"}))

    assert "\n" not in lines[0]
    entry = json.loads(lines[0])
    assert entry["message"] == "ruled on\ndsp_1"
    assert (entry["request_id"], entry["store_id"]) == ("edge-12345678", "sto_1")
    assert entry["at"].endswith("+00:00")


def test_the_apis_page_loads_its_parts_from_here(client):
    response = client.get("/api/docs/")

    assert response.status_code == 200
    assert b"//cdn" not in response.content
    assert b"<script>" not in response.content
