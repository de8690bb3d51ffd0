"""/docs: the description of the API for readers; no script, no outside request."""

from html import escape

from flask import Blueprint, Response, current_app

from services.workflow.adapters.http.access import operation

blueprint = Blueprint("docs", __name__)


@blueprint.get("/docs")
@operation("public")
def show_docs() -> Response:
    """Show the API's description as a page"""
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
