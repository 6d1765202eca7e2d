"""The small page that a provider sends people back to: it tells the panel, and closes itself."""

from __future__ import annotations

import base64
import html
import json
import secrets
from string import Template
from typing import Any

from aiohttp import web

from .responses import HEADERS

NONCE_LENGTH_BYTES = 18
PAGE = Template(
    """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>$title</title>
<style nonce="$nonce">
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { margin: 15vh auto; max-width: 30em; padding: 0 1.5em }
a { display: inline-block; margin-top: 1em }
</style>
<main data-result="$result">
<h1>$title</h1>
<p role="status">$message</p>
<a href="$home">Back to ComfyUI</a>
</main>
<script nonce="$nonce">
const result = JSON.parse(document.querySelector('main').dataset.result)
new BroadcastChannel('passport-oauth').postMessage(result)
new BroadcastChannel('passport-account').postMessage('changed')
if (result.done) setTimeout(() => window.close(), 300)
</script>
</html>
"""
)


def show_page(result: dict[str, Any], title: str, message: str, home: str) -> web.Response:
    """Answer with the page; `result` is what the panel's windows are told."""
    nonce = base64.b64encode(secrets.token_bytes(NONCE_LENGTH_BYTES)).decode()
    text = PAGE.substitute(
        nonce=nonce,
        title=html.escape(title),
        message=html.escape(message),
        home=html.escape(home),
        result=html.escape(json.dumps(result)),
    )
    policy = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    headers = {**HEADERS, "Content-Security-Policy": policy}
    return web.Response(text=text, content_type="text/html", headers=headers)
