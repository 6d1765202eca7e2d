"""POST password-strength: how hard a password is to guess."""

from __future__ import annotations

import asyncio
import time

import pytest
from passport.tests.server_routes.passport_server import PASSWORD

EMAIL = "ada@example.org"


async def ask(browser, password, **fields):
    return await browser.post("password-strength", {"password": password, **fields})


@pytest.mark.parametrize(
    ("password", "problem"),
    [
        (PASSWORD, None),
        ("Xq7-large-owl-3", None),
        ("", "too_short"),
        ("short", "too_short"),
        ("x9$Kq2!vB7m", "too_short"),
        ("password1234", "too_common"),
        ("qwertyuiop12", "too_common"),
        ("adaadaadaada", "too_common"),
        ("x" * 129, "too_long"),
        ("x" * 60_000, "too_long"),
        ("ada@example.org", "contains_email"),
        ("I am ada@EXAMPLE.org indeed", "contains_email"),
        ("12 名前 größe 🔑🔑", None),
    ],
    ids=range(13),
)
async def test_the_score_and_the_problem(browser, password, problem):
    answer = await ask(browser, password, email="ada@example.org", display_name="Ada")

    assert answer.status == 200
    assert set(answer.json) == {"score", "problem"}
    assert answer.json["problem"] == problem
    assert answer.json["score"] in ((2, 3, 4) if problem is None else (0, 1))


async def test_it_and_registering_agree(server, browser):
    for password in ("password1234", "aaaaaaaaaaaa", "qwertyuiop12", "short", EMAIL, PASSWORD):
        problem = (await ask(browser, password, email=EMAIL)).json["problem"]
        answer = await server.browser().register(EMAIL, password)
        told = answer.json["error"]["details"]["problem"] if answer.status == 422 else None
        assert told == problem


async def test_nothing_is_kept_of_it_but_that_somebody_asked(server, browser, caplog):
    caplog.set_level("DEBUG")
    await browser.status()
    before = server.kept()
    await ask(browser, "canary of a password", email="canary@example.org")
    assert server.kept() == before
    assert server.happened() == []
    assert "canary" not in caplog.text
    kept = b"".join(file.read_bytes() for file in server.data_folder.iterdir())
    assert b"canary" not in kept


async def test_long_words_about_the_person_hold_nobody_up(browser):
    began = time.perf_counter()
    for text in ("ab " * 20_000, "a@" * 30_000, "x" * 60_000):
        assert (await ask(browser, PASSWORD, display_name=text)).status == 200
        assert (await ask(browser, PASSWORD, email=text)).status == 200
    assert time.perf_counter() - began < 3


async def test_the_event_loop_goes_on_meanwhile(server):
    browsers = [server.browser() for _ in range(8)]
    hard = "".join(chr(0x61 + n % 26) for n in range(128))
    asking = asyncio.gather(*(ask(browser, hard) for browser in browsers))
    began = time.perf_counter()
    assert (await server.browser().get("/unrelated")).status == 200
    assert time.perf_counter() - began < 0.5
    assert {answer.status for answer in await asking} == {200}


async def test_a_network_may_ask_240_times_at_once(server, browser):
    answers = [await ask(browser, "short") for _ in range(241)]
    assert [answer.status for answer in answers[:240]] == [200] * 240
    assert (answers[240].status, answers[240].code) == (429, "too_many_tries")
    assert answers[240].headers["Retry-After"] == "1"
    server.clock.advance(seconds=1)
    assert (await ask(browser, "short")).status == 200
