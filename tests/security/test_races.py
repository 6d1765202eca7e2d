"""Many at once (threat 23): one account for one key, and nobody gets another's."""

from __future__ import annotations

import asyncio

import pytest
from passport.accounts.throttle import API_KEY_NETWORK
from passport.dev.practice import PRACTICE_KEY, Person, practice_key
from passport.tests.server_routes.fixtures import registered
from passport.tests.server_routes.passport_server import OTHER_PASSWORD


async def test_sixty_first_log_ins_with_one_key_make_one_account(server, api):
    """As many as one network may try at once."""
    browsers = [server.browser() for _ in range(API_KEY_NETWORK.tries)]

    answers = await asyncio.gather(*(browser.log_in(PRACTICE_KEY) for browser in browsers))

    assert {answer.status for answer in answers} == {201}
    assert len({answer.json["account"]["id"] for answer in answers}) == 1
    assert len({answer.cookie for answer in answers}) == 60
    with server.services.database.reading() as connection:
        for table, rows in (
            ("accounts", 1),
            ("identities", 1),
            ("credentials", 1),
            ("sessions", 60),
        ):
            (count,) = connection.exec_driver_sql(f"SELECT count(*) FROM {table}").one()  # noqa: S608
            assert count == rows, table


async def count_rows(server, table: str) -> int:
    return len(server.kept(table)[table])


@pytest.mark.threat(16)
async def test_of_many_who_register_at_once_one_owns_the_server(server):
    answers = await asyncio.gather(
        *(server.browser().register(f"person{n}@example.org") for n in range(16))
    )
    assert {answer.status for answer in answers} == {201}
    roles = sorted(answer.json["account"]["role"] for answer in answers)
    assert roles == ["owner"] + ["user"] * 15


async def test_of_many_who_register_one_address_one_does(server):
    answers = await asyncio.gather(
        *(server.browser().register("ada@example.org") for _ in range(16))
    )
    assert sorted(answer.status for answer in answers) == [201] + [409] * 15
    for table in ("accounts", "identities", "passwords", "sessions"):
        assert await count_rows(server, table) == 1, table


@pytest.mark.asvs("2.3.4")
async def test_one_invitation_lets_one_in(start_server):
    server = await start_server(PASSPORT_REGISTRATION="invite")
    owner = await registered(server, "olga@example.org")
    code = (await owner.post("invitations", {})).json["code"]
    answers = await asyncio.gather(
        *(server.browser().register(f"person{n}@example.org", invitation=code) for n in range(16))
    )
    assert sorted(answer.status for answer in answers) == [201] + [403] * 15
    assert await count_rows(server, "accounts") == 2


async def test_one_invitation_lets_one_key_in(start_server, api):
    server = await start_server(PASSPORT_REGISTRATION="invite")
    owner = await registered(server, "olga@example.org")
    code = (await owner.post("invitations", {})).json["code"]
    for n in range(8):
        name = f"person {n}"
        api.add_person(Person(name, name, f"{n}@x.example", practice_key(name), "token"))
    answers = await asyncio.gather(
        *(server.browser().log_in(practice_key(f"person {n}"), invitation=code) for n in range(8))
    )
    assert sorted(answer.status for answer in answers) == [201] + [403] * 7


@pytest.mark.asvs("2.3.4")
async def test_one_reset_token_sets_one_password(server, owner, ada):
    made = (await owner.post(f"accounts/{await ada.account_id()}/password-reset")).json
    answers = await asyncio.gather(
        *(
            server.browser().post(
                "password-resets/confirm",
                {"token": made["token"], "new_password": f"{OTHER_PASSWORD} {n}"},
            )
            for n in range(8)
        )
    )
    statuses = [answer.status for answer in answers]
    assert sorted(statuses) == [204] + [410] * 7
    winner = f"{OTHER_PASSWORD} {statuses.index(204)}"
    assert (await ada.log_in_by_mail("ada@example.org", winner)).status == 201


async def test_two_owners_who_disable_each_other_leave_one(server, owner, ada):
    """Whoever comes second is the last one, and no owner any more who could."""
    ids = [await owner.account_id(), await ada.account_id()]
    with server.services.database.transaction() as connection:
        connection.exec_driver_sql("UPDATE accounts SET role = 'owner'")
    answers = await asyncio.gather(
        owner.put(f"accounts/{ids[1]}/state", {"state": "disabled"}),
        ada.put(f"accounts/{ids[0]}/state", {"state": "disabled"}),
    )
    assert sorted(answer.status for answer in answers) in ([200, 401], [200, 403], [200, 409])
    states = [row[1] for row in server.kept("accounts")["accounts"]]
    assert sorted(states) == ["active", "disabled"]


@pytest.mark.threat(23)
async def test_interleaved_people_never_get_each_others_account(server, api):
    names = [f"person {n}" for n in range(8)]
    for name in names:
        api.add_person(Person(name, name, f"{name[-1]}@x.example", practice_key(name), "token"))
    browsers = {name: server.browser() for name in names}
    await asyncio.gather(*(browsers[name].log_in(practice_key(name)) for name in names))

    async def ask(name):
        return name, (await browsers[name].status())["account"]["display_name"]

    seen = await asyncio.gather(*(ask(name) for _ in range(20) for name in names))

    assert all(asked == got for asked, got in seen)


@pytest.mark.threat(23)
async def test_one_connection_that_serves_several_people_mixes_none_up(server):
    """A proxy sends many browsers' requests over one connection, and one task answers them."""
    cookie = (await server.browser().log_in(PRACTICE_KEY)).cookie
    proxy = server.browser(cookies=False)
    for _ in range(5):
        assert await proxy.run_uses(Cookie=cookie) == "account"
        assert await proxy.run_uses() is None
        assert (await proxy.status())["signed_in"] is False


@pytest.mark.asvs("15.4.2")
async def test_logging_out_while_requests_are_under_way_leaves_no_session(server):
    browser = server.browser()
    cookie = (await browser.log_in(PRACTICE_KEY)).cookie
    thief = server.browser(cookies=False)

    async def replay():
        for _ in range(20):
            await thief.status(headers={"Cookie": cookie})

    replays = [asyncio.create_task(replay()) for _ in range(4)]
    await browser.delete("session")
    assert (await thief.status(headers={"Cookie": cookie}))["signed_in"] is False
    await asyncio.gather(*replays)
    assert (await thief.status(headers={"Cookie": cookie}))["signed_in"] is False


async def test_a_first_log_in_that_loses_the_race_finds_the_account_of_the_winner(
    server, browser, monkeypatch
):
    """PostgreSQL lets both look before either has written; SQLite lets one wait for the other."""
    from passport.accounts import sign_in

    winner = await server.browser().log_in(PRACTICE_KEY)
    look, looks = sign_in.find_account_by_identity, []

    def look_too_early(*arguments):
        looks.append(1)
        return None if len(looks) == 1 else look(*arguments)

    monkeypatch.setattr(sign_in, "find_account_by_identity", look_too_early)
    loser = await browser.log_in(PRACTICE_KEY)

    assert loser.status == 201
    assert loser.json["account"] == winner.json["account"]
    assert len(looks) > 1
