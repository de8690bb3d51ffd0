"""/healthz, /readyz, /metrics and /docs: what operators and readers of the API look at."""

from collections.abc import Callable, Mapping
from html import escape
from typing import Any

import orjson
from flask import Blueprint, Response, current_app
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from schemas.instants import instant
from services.workflow.adapters.http.access import operation
from services.workflow.adapters.http.answers import Answer
from services.workflow.adapters.http.context import parts, use_cases
from services.workflow.domain.refusals import StoreUnavailable

blueprint = Blueprint("operations", __name__)

Check = Callable[[], Mapping[str, Any]]


@blueprint.get("/healthz")
@operation("public")
def show_health() -> Response:
    """Tell that this process answers; asks nothing of anybody else"""
    return Answer(200, b'{"status":"ok"}').response()


@blueprint.get("/readyz")
@operation("public")
def show_readiness() -> Response:
    """Tell whether requests can be served: each check by name, 503 if one failed"""
    checks = {"database": _run(_log), "clock": _run(_clock)}
    failed = any(check["status"] == "failed" for check in checks.values())
    if not failed and (relay := _relay()) is not None:
        # Told, and no reason to send requests elsewhere: what is accepted waits in the log.
        checks["relay"] = relay
    body = {"status": "failed" if failed else "ok", "checks": checks}
    return Answer(503 if failed else 200, orjson.dumps(body)).response()


def _run(check: Check) -> dict[str, Any]:
    try:
        return {"status": "ok", **check()}
    except (StoreUnavailable, OSError, ValueError) as error:
        return {"status": "failed", "reason": type(error).__name__}


def _log() -> Mapping[str, Any]:
    head = use_cases().reading.health()
    return {"log_head": head.position, "log_pending": head.pending}


def _relay() -> dict[str, Any] | None:
    try:
        relaying = use_cases().reading.relaying()
    except StoreUnavailable:
        return {"status": "failed"}
    if relaying is None:
        return None
    status = "ok" if relaying.led else "failed"
    return {"status": status, "position": relaying.position, "behind": relaying.behind}


def _clock() -> Mapping[str, Any]:
    return {"now": instant(use_cases().now())}


@blueprint.get("/metrics")
@operation("public")
def show_metrics() -> Response:
    """Show this process's figures for Prometheus"""
    return Response(generate_latest(parts().observer.registry), content_type=CONTENT_TYPE_LATEST)


@blueprint.get("/docs")
@operation("public")
def show_docs() -> Response:
    """Show the API's description as a page, without a script and without an outside request"""
    described = current_app.extensions["flask-smorest"]["apis"][""]["ext_obj"].spec.to_dict()
    rows = "".join(
        f"<tr><td><code>{method.upper()} {escape(path)}</code></td>"
        f"<td>{escape(about.get('summary', ''))}</td></tr>"
        for path, methods in described["paths"].items()
        for method, about in methods.items()
        if method != "parameters"
    )
    return Response(_PAGE.format(rows=rows), content_type="text/html; charset=utf-8")


_PAGE = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>述评 API</title>
<meta name="viewport" content="width=device-width, initial-scale=1"></head>
<body><h1>述评 API</h1>
<p>机器可读的描述（OpenAPI 3.1）：<a href="/openapi.json">/openapi.json</a></p>
<table><caption>接口一览</caption><tbody>{rows}</tbody></table></body></html>
"""
