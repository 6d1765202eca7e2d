"""Headers that programs send, at random (threat 19): nobody gets in, and nothing breaks."""

from __future__ import annotations

import asyncio
import base64
import secrets
from random import Random  # noqa: TID251  # a seed tells again what was tried

import pytest
from passport.accounts.api_key_form import generate_api_key, is_api_key
from passport.tests.server_routes.passport_server import UNRELATED
from passport.tests.server_routes.programs import bearer, make_key
from passport.tests.server_routes.raw_http import RawAnswer, ask
from passport.tests.server_routes.raw_http import send as send_alone

HEADERS_TRIED = 2000
AT_ONCE = 50
NAMES = ("Authorization", "X-API-Key", "authorization", "x-api-key", "Cookie")
SCHEMES = ("Bearer", "bearer", "Basic", "BASIC", "Digest", "Token", "", "Bearer Bearer", "\tBearer")
SEPARATORS = (" ", "  ", "\t", "", ",", ":", " \t ", "=")
ALPHABETS = (
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=",
    "".join(map(chr, range(0x20, 0x7F))),
    "".join(map(chr, range(0xA0, 0x250))) + "\u202e\u2028\ufeff名前🎨",
)

CONTROLS = bytes(range(9)) + bytes(range(10, 32)) + b"\x7f"
"""aiohttp refuses these itself, and we never see them."""


class Forger:
    """Makes up headers; the seed tells them all again."""

    def __init__(self, seed: int, key: str) -> None:
        self._random = Random(seed)  # noqa: S311
        self._key = key

    def line(self) -> bytes:
        name = self._random.choice(NAMES)
        value = self._random.choice(SCHEMES) + self._random.choice(SEPARATORS) + self._value()
        if name.lower() == "x-api-key" or name == "Cookie":
            value = self._value()
        if name == "Cookie":
            value = f"passport_{self._text(4)}={value}"
        line = f"{name}: {value}".encode()
        if self._random.random() < 0.1:
            line += self._random.randbytes(self._random.randrange(1, 20))
        return line.translate(None, CONTROLS)

    def _value(self) -> str:
        made = self._random.choice(
            (
                lambda: self._text(self._random.choice((0, 1, 3, 49, 53, 200, 3000))),
                lambda: "cpp_" + self._text(self._random.choice((0, 48, 49, 50, 900, 3000))),
                self._mutate,
                lambda: self._pack(f"{self._text(5)}:{self._mutate()}"),
                lambda: self._pack(self._text(60)),
                lambda: self._pack("x:" + generate_api_key().reveal()),
                lambda: generate_api_key().reveal(),
            )
        )
        return made()

    def _text(self, length: int) -> str:
        return "".join(self._random.choices(self._random.choice(ALPHABETS), k=length))

    def _mutate(self) -> str:
        """The good key with one thing wrong."""
        at = self._random.randrange(4, len(self._key))
        other = self._random.choice(ALPHABETS[0].replace(self._key[at], ""))
        return self._random.choice(
            (
                self._key[:at] + other + self._key[at + 1 :],
                self._key[:at] + self._key[at + 1 :],
                self._key[:at] + other + self._key[at:],
                self._key + other,
                self._key[:4] + self._key[4:][::-1],
                "\u200b" + self._key,
            )
        )

    def _pack(self, text: str) -> str:
        packed = base64.b64encode(text.encode()).decode()
        return self._random.choice((packed, packed.rstrip("="), packed + "=", packed[:-1], packed))


async def send(url: str, line: bytes, path: str) -> RawAnswer:
    head, _, rest = ask("GET", path).encode().partition(b"\r\n")
    return await send_alone(url, b"\r\n".join([head, line, rest]))


@pytest.fixture
async def key(ada) -> str:
    return (await make_key(ada))["key"]


@pytest.mark.threat(19)
async def test_two_thousand_made_up_headers(server, key):
    """Each is answered as nobody's, or as a key of ours that is not good."""
    seed = secrets.randbits(64)
    forger = Forger(seed, key)
    paths = ("/passport/account", "/unrelated", "/api/passport/credentials", "/passport/status")
    tried = [(forger.line(), paths[n % len(paths)]) for n in range(HEADERS_TRIED)]
    refused = 0
    for first in range(0, HEADERS_TRIED, AT_ONCE):
        batch = tried[first : first + AT_ONCE]
        answers = await asyncio.gather(*(send(server.url, *each) for each in batch))
        for (line, path), answer in zip(batch, answers, strict=True):
            told = (seed, line, path, answer.head)
            assert 200 <= answer.status < 500, told
            assert key[8:40] not in answer.body, told
            assert "Traceback" not in answer.body, told
            assert "ada@example.org" not in answer.body, told
            refused += "api_key_not_good" in answer.body
            if answer.status == 200:
                assert path in ("/unrelated", "/passport/status"), told
                assert answer.body == UNRELATED or '"signed_in": false' in answer.body, told
    assert 50 < refused < HEADERS_TRIED, "both kinds are among them"


async def test_afterwards_the_good_key_is_good(server, key):
    forger = Forger(secrets.randbits(64), key)
    for _ in range(50):
        await send(server.url, forger.line(), "/passport/account")
    answer = await server.browser(cookies=False).get("account", headers=bearer(key))
    assert answer.status == 200


@pytest.mark.threat(19)
async def test_what_is_no_key_never_reaches_the_store(server, key, monkeypatch):
    """Guessing costs the guesser a request each, and the store nothing."""
    api_keys, looked_up = server.services.accounts.api_keys, []
    look_up = api_keys._look_up
    monkeypatch.setattr(
        api_keys, "_look_up", lambda *arguments: looked_up.append(1) or look_up(*arguments)
    )
    stranger = server.browser(cookies=False)
    for n in range(100):
        guess = key[:20] + f"{n:03}" + key[23:]
        if not is_api_key(guess):
            assert (await stranger.get("account", headers=bearer(guess))).status == 401
    assert looked_up == []
    made_up = generate_api_key().reveal()
    assert (await stranger.get("account", headers=bearer(made_up))).status == 401
    assert looked_up == [1]


@pytest.mark.parametrize("how", ["X-API-Key", "Authorization"])
async def test_keys_in_headers_reach_no_log(server, ada, key, caplog, how):
    caplog.set_level("DEBUG")
    wrong = key[:-1] + "_"
    for text in (key, wrong):
        value = text if how == "X-API-Key" else f"Bearer {text}"
        await server.browser(cookies=False).get("account", headers={how: value})
    assert key[8:40] not in caplog.text
