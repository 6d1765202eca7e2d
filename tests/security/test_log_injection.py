"""What people send stands in no log as it came, or stands there on one line without control."""

from __future__ import annotations

import logging

import pytest
from passport.dev.practice import ADA, PRACTICE_KEY, Person, practice_key
from passport.tests.server_routes.raw_http import ask, send

ATTACK = "x\r\nERROR passport: all is lost\x1b[2J\x1b]0;title\x07\u2028\u202e"
SAFE_PATH = "a%0d%0aERROR%20forged%1b%5b2J"


def lines_of(caplog) -> list[str]:
    formatter = logging.Formatter("%(levelname)s %(name)s %(message)s")
    ours = [record for record in caplog.records if record.name.startswith("passport")]
    return [formatter.format(record).partition("\nTraceback")[0] for record in ours]


def assert_clean(caplog) -> None:
    for line in lines_of(caplog):
        assert line.isprintable(), line


@pytest.fixture(autouse=True)
def all_levels(caplog):
    caplog.set_level(logging.DEBUG)


@pytest.mark.asvs("16.4.1")
async def test_names_of_node_packs(browser, caplog):
    await browser.log_in(PRACTICE_KEY)
    for method in ("PUT", "DELETE"):
        await browser.call(method, f"node-packs/{SAFE_PATH}", {"decision": "always"})
    assert_clean(caplog)


@pytest.mark.asvs("16.4.1")
async def test_paths_and_headers(server, caplog):
    for path in (f"/passport/{SAFE_PATH}", f"/passport/credentials/{SAFE_PATH}"):
        for header in ("User-Agent", "Origin", "Cookie", "X-Forwarded-For", "Referer"):
            await send(server.url, ask("PUT", path, headers=(f"{header}: a\x1b[2Jb",)))
    assert_clean(caplog)


async def test_the_path_of_a_request_that_fails(server, browser, caplog, monkeypatch):
    await browser.log_in(PRACTICE_KEY)

    def fail(*_):
        raise RuntimeError("no matter")

    monkeypatch.setattr(server.services.node_packs, "allow", fail)
    answer = await browser.put(f"node-packs/{SAFE_PATH}", {"decision": "always"})

    assert answer.status == 503
    assert lines_of(caplog), "a fault of ours is logged"
    assert_clean(caplog)


async def test_the_name_that_a_service_gives(server, browser, api, caplog):
    api.add_person(Person("id", ATTACK + "Name", ATTACK + "@x.example", practice_key("x"), "token"))

    answer = await browser.log_in(practice_key("x"))

    account = answer.json["account"]
    assert account["display_name"].isprintable()
    assert account["email"].isprintable()
    assert_clean(caplog)


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>",
        "'; DROP TABLE accounts; --",
        "{{7*7}}",
        "${7*7}",
        "%s%n",
        "n" * 100_000,
        "Größe 名前",
        "",
        "   ",
    ],
)
async def test_strange_names_are_kept_as_text_and_bounded(browser, api, name):
    api.add_person(Person("id", name, ADA.email, practice_key("x"), "token"))

    answer = await browser.log_in(practice_key("x"))

    assert answer.status == 201
    shown = answer.json["account"]["display_name"]
    assert shown == (name.strip()[:255] or ADA.email)
    assert (await browser.status())["account"]["display_name"] == shown
