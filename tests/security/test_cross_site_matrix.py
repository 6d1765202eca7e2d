"""Every call that changes something, in every way that a page of another site could send it."""

from __future__ import annotations

import itertools
import json

import pytest
from passport.tests.length import some
from passport.tests.server_routes.every_route import CHANGING_CALLS

OWN = "own"
ORIGINS = [None, OWN, "null", "https://evil.example", "http://127.0.0.1:1"]
SITES = [None, "none", "same-origin", "same-site", "cross-site"]
JSON = "application/json"
TYPES = [
    None,
    JSON,
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
]
HEADERS = ["1", "0", "true", None]
ROWS = list(itertools.product(ORIGINS, SITES, TYPES, HEADERS))
A_CALL_EACH = 25


def is_foreign(origin: str | None, site: str | None) -> bool:
    return site == "cross-site" or origin not in (None, OWN)


def expected(row, has_body: bool) -> tuple[int, str] | None:
    """Status and code of the refusal, or None where the call goes through."""
    origin, site, kind, header = row
    if is_foreign(origin, site):
        return 403, "foreign_request"
    if header != "1":
        return 403, "missing_passport_header"
    if has_body and kind != JSON:
        return 415, "body_not_json"
    return None


def headers_of(url: str, row) -> dict[str, str | None]:
    origin, site, kind, header = row
    return {
        "Origin": url if origin == OWN else origin,
        "Sec-Fetch-Site": site,
        "Content-Type": kind or "application/octet-stream",
        "X-Passport": header,
    }


@pytest.mark.asvs("3.5.1", "3.5.2")
@pytest.mark.threat(2)
async def test_whatever_would_come_from_another_site_is_refused(server, owner):
    """With the cookie of the owner, who may do everything here."""
    before = server.kept()
    refused = 0
    for method, path, body in CHANGING_CALLS:
        content = json.dumps(body or {}).encode()
        rows = [row for row in ROWS if expected(row, body is not None)]
        for row in some(rows, A_CALL_EACH):
            headers = headers_of(owner.url, row)
            answer = await owner.call(method, path, data=content, headers=headers)
            assert (answer.status, answer.code) == expected(row, body is not None), (path, row)
            assert answer.cookies == []
            refused += 1
    assert server.kept() == before
    assert (await owner.status())["signed_in"] is True
    assert refused >= A_CALL_EACH * len(CHANGING_CALLS)


def test_most_rows_are_refused_and_the_panels_own_are_not():
    let_through = [row for row in ROWS if expected(row, has_body=True) is None]
    assert {row[2:] for row in let_through} == {(JSON, "1")}
    assert {row[0] for row in let_through} == {None, OWN}
    assert len(let_through) == 8
