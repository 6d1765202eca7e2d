"""Whoever cannot log in any more asks the owner to delete an account; the owner decides."""

from __future__ import annotations

import asyncio

import pytest
from passport.dev.practice import PRACTICE_KEY
from passport.tests.server_routes.passport_server import PASSWORD
from passport.tests.server_routes.programs import make_key

CALL = "deletion-requests"
EMAIL = "ada@example.org"
NOBODY = "0" * 32
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"


@pytest.fixture
def ask(server):
    """`await ask(email=…, server_name=…, last_four=…)`: ask from a strange browser."""

    async def ask(email=EMAIL, last_four="none", server_name="none", **more):
        body = {"email": email, "server_name": server_name, "last_four": last_four}
        return await server.browser().post(CALL, body, **more)

    return ask


async def name_of(server) -> str:
    return (await server.browser().status())["server_name"]


async def queue_of(owner) -> list[dict]:
    answer = await owner.get(CALL)
    assert answer.status == 200
    return answer.json["deletion_requests"]


class TestAsking:
    async def test_every_address_gets_the_same_answer(self, server, owner, ada, ask):
        key = (await make_key(ada))["key"]
        answers = [
            await ask(),
            await ask("nobody@example.org"),
            await ask("olga@example.org"),
            await ask(last_four=key[-4:], server_name=await name_of(server)),
            await ask("ADA@example.org", last_four="é" * 1000, server_name="\n"),
        ]
        for answer in answers:
            assert (answer.status, answer.body, answer.cookies) == (202, b"{}", [])
            left_out = {"Date"}
            assert {k: v for k, v in answer.headers.items() if k not in left_out} == {
                k: v for k, v in answers[0].headers.items() if k not in left_out
            }

    async def test_what_the_owner_sees(self, owner, ada, ask):
        await ask(headers={"User-Agent": AGENT})
        (request,) = await queue_of(owner)
        assert set(request) == {
            *("id", "account", "proved", "created_at"),
            *("address", "browser", "platform"),
        }
        assert request["account"] == await ada.account()
        assert request["proved"] is False
        assert request["created_at"] == "2026-11-23T02:00:00Z"
        assert request["address"] == "127.0.0.1"
        assert "Firefox" in request["browser"]

    async def test_nobodys_address_is_not_queued(self, server, owner, ask):
        await ask("nobody@example.org")
        assert await queue_of(owner) == []
        assert "nobody@example.org" not in repr(server.kept())

    async def test_nothing_happens_to_the_account(self, server, owner, ada, ask):
        tables = ("accounts", "sessions", "passwords")
        before = server.kept(*tables)
        await ask()
        assert server.kept(*tables) == before
        assert (await ada.status())["signed_in"] is True

    @pytest.mark.parametrize("of", ["a key of ours", "a stored key"])
    async def test_who_knows_the_servers_name_and_an_end_has_proved_it(
        self, server, owner, ada, ask, of
    ):
        await ada.put("credentials/comfy", {"secret": PRACTICE_KEY})
        end = ((await make_key(ada))["key"] if of == "a key of ours" else PRACTICE_KEY)[-4:]
        name = await name_of(server)
        await ask(last_four=f" {end} ", server_name=f" {name.upper()}\n")
        (request,) = await queue_of(owner)
        assert request["proved"] is True

    async def test_half_of_it_proves_nothing(self, server, owner, ada, ben, ask):
        end = (await make_key(ada))["key"][-4:]
        bens = (await make_key(ben))["key"][-4:]
        name = await name_of(server)
        for last_four, server_name in (
            (end, "another"),
            (bens, name),
            (end[:3], name),
            (f"…{end}", name),
            ("", name),
        ):
            await ask(last_four=last_four, server_name=server_name)
            (request,) = await queue_of(owner)
            assert request["proved"] is False
            server.clock.advance(hours=1)

    async def test_an_account_without_any_key_cannot_be_proved(self, server, owner, ada, ask):
        await ask(last_four="", server_name=await name_of(server))
        (request,) = await queue_of(owner)
        assert request["proved"] is False

    async def test_asked_again_it_is_one_request_and_a_proof_stays(self, server, owner, ada, ask):
        end = (await make_key(ada))["key"][-4:]
        for last_four, proved in (("no", False), ("no", False), (end, True), ("no", True)):
            await ask(last_four=last_four, server_name=await name_of(server))
            assert any(each["proved"] for each in await queue_of(owner)) is proved
        assert len(await queue_of(owner)) <= 2

    async def test_one_network_asks_five_times(self, ask, owner):
        answers = [await ask(f"p{n}@example.org") for n in range(6)]
        assert [answer.status for answer in answers] == [202] * 5 + [429]
        assert answers[-1].code == "too_many_tries"
        assert int(answers[-1].headers["Retry-After"]) == 1800

    async def test_the_limit_says_nothing_of_who_is_there(self, server, owner, ada, ask):
        for email in (EMAIL, "nobody@example.org"):
            server.clock.advance(hours=10)
            answers = [await ask(email) for _ in range(6)]
            assert [answer.status for answer in answers] == [202] * 5 + [429]

    @pytest.mark.parametrize("email", ["", "x", "a@b@c", "a\x00@example.org", "x" * 5000])
    async def test_what_is_no_address_is_no_fault_of_ours(self, owner, ask, email):
        answer = await ask(email)
        assert answer.status in (202, 422)
        assert await queue_of(owner) == []

    async def test_one_who_is_signed_in_may_ask_too(self, owner, ada):
        body = {"email": EMAIL, "server_name": "x", "last_four": "x"}
        assert (await ada.post(CALL, body)).status == 202

    async def test_what_was_said_reaches_no_log_and_no_store(self, server, owner, ada, ask, caplog):
        caplog.set_level("DEBUG")
        await ask(last_four="Xylander", server_name="Wilhelmina")
        kept = repr(server.kept()) + repr(server.kept("audit_events", "throttles"))
        for text in ("Xylander", "Wilhelmina"):
            assert text not in caplog.text
            assert text not in kept


class TestGranting:
    async def test_the_account_is_deleted(self, server, owner, ada, ask):
        await ask()
        (request,) = await queue_of(owner)

        answer = await owner.post(f"{CALL}/{request['id']}/grant")

        assert answer.status == 200
        assert set(answer.json["receipt"]) == {"number", "deleted_at"}
        assert (await ada.status())["signed_in"] is False
        assert (await server.browser().log_in_by_mail(EMAIL)).code == "email_or_password_wrong"
        assert await queue_of(owner) == []
        assert EMAIL not in repr(server.kept())

    async def test_others_stay(self, server, owner, ada, ben, ask):
        await ask()
        await ask("ben@example.org")
        request = next(each for each in await queue_of(owner) if each["account"]["email"] == EMAIL)
        await owner.post(f"{CALL}/{request['id']}/grant")
        assert (await ben.status())["signed_in"] is True
        assert [each["account"]["email"] for each in await queue_of(owner)] == ["ben@example.org"]

    async def test_twice(self, owner, ada, ask):
        await ask()
        (request,) = await queue_of(owner)
        path = f"{CALL}/{request['id']}/grant"
        answers = await asyncio.gather(*(owner.post(path) for _ in range(4)))
        assert sorted(answer.status for answer in answers) == [200, 404, 404, 404]

    async def test_not_the_last_owners_own(self, server, owner, ada, ask):
        await ask("olga@example.org")
        (request,) = await queue_of(owner)
        before = server.kept()
        answer = await owner.post(f"{CALL}/{request['id']}/grant")
        assert (answer.status, answer.code) == (409, "last_owner")
        assert server.kept() == before

    @pytest.mark.parametrize("number", [NOBODY, "x", "%25", "..%2f", "a" * 3000])
    async def test_requests_that_are_not_there(self, owner, number):
        for method, path in (("POST", f"{CALL}/{number}/grant"), ("DELETE", f"{CALL}/{number}")):
            answer = await owner.call(method, path)
            assert (answer.status, answer.code) == (404, "deletion_request_missing")

    async def test_a_request_goes_with_its_account(self, owner, ada, ask):
        await ask()
        (request,) = await queue_of(owner)
        await ada.post("account/delete", {"confirmation": "DELETE", "password": PASSWORD})
        assert await queue_of(owner) == []
        assert (
            await owner.post(f"{CALL}/{request['id']}/grant")
        ).code == "deletion_request_missing"


class TestRefusing:
    async def test_the_account_stays(self, server, owner, ada, ask):
        await ask()
        (request,) = await queue_of(owner)
        assert (await owner.delete(f"{CALL}/{request['id']}")).status == 204
        assert await queue_of(owner) == []
        assert (await ada.status())["signed_in"] is True
        assert (await owner.delete(f"{CALL}/{request['id']}")).code == "deletion_request_missing"

    async def test_it_is_written_down_for_both(self, server, owner, ada, ask):
        await ask()
        (request,) = await queue_of(owner)
        await owner.delete(f"{CALL}/{request['id']}")
        actions = server.happened(await ada.account_id())
        assert actions[-2:] == ["deletion_requested", "deletion_refused"]


class TestWhoMay:
    async def test_the_owner_alone(self, server, owner, ada, ask):
        await ask()
        (request,) = await queue_of(owner)
        for method, path in (
            ("GET", CALL),
            ("POST", f"{CALL}/{request['id']}/grant"),
            ("DELETE", f"{CALL}/{request['id']}"),
        ):
            assert (await ada.call(method, path)).code == "owner_only"
            assert (await server.browser().call(method, path)).code == "not_signed_in"
            far = await owner.call(method, path, headers={"Host": "192.168.1.20"})
            assert far.code == "insecure_connection"
        assert len(await queue_of(owner)) == 1
