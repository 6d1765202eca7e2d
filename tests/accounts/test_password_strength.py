"""Which new passwords are too easy to guess, and that finding it out is bounded work."""

from __future__ import annotations

import asyncio
import secrets
import threading

import pytest
import zxcvbn
from passport.accounts import password_strength
from passport.accounts.errors import PasswordUnacceptableError, ServerBusyError
from passport.accounts.new_passwords import NewPasswords, make_row
from passport.accounts.password_strength import (
    EXAMINED,
    LONGEST,
    MOST_WAITING,
    PROBLEMS,
    SHORTEST,
    PasswordStrength,
    Strength,
    estimate,
    refuse_problem,
)
from passport.accounts.passwords import Passwords
from passport.tests.backend.clock import START
from passport.tests.backend.fixtures import CHEAP
from passport.tests.backend.people import ADA, OTHER_PASSWORD, PASSWORD
from zxcvbn.frequency_lists import FREQUENCY_LISTS

LETTERS = "qZ7!k w\u00e9\u4f8b\u043b\U0001f511-"
NAME = "Augusta Lovelace"


@pytest.fixture
def strength():
    made = PasswordStrength()
    yield made
    made.close()


def make_random(length):
    """Return characters of any kind but halves of pairs."""

    def draw():
        while True:
            character = chr(secrets.randbelow(0x110000))
            if not 0xD800 <= ord(character) <= 0xDFFF:
                return character

    return "".join(draw() for _ in range(length))


@pytest.mark.asvs("6.2.1", "6.2.9")
@pytest.mark.parametrize(
    ("length", "problem"),
    [
        (0, "too_short"),
        (1, "too_short"),
        (11, "too_short"),
        (12, None),
        (13, None),
        (64, None),
        (127, None),
        (128, None),
        (129, "too_long"),
        (10**6, "too_long"),
    ],
)
def test_it_has_12_to_128_characters(length, problem):
    password = (LETTERS * (length // len(LETTERS) + 1))[:length]
    assert estimate(password).problem == problem


def test_a_character_is_one_however_many_bytes_it_has():
    assert estimate("".join(chr(0x1F300 + 7 * number) for number in range(11))).problem == (
        "too_short"
    )
    assert estimate("".join(chr(0x1F300 + 7 * number) for number in range(128))).problem is None


COMMON = sorted({word for word in FREQUENCY_LISTS["passwords"] if len(word) >= SHORTEST})


@pytest.mark.asvs("6.2.4")
def test_every_common_password_that_is_long_enough_is_refused():
    assert len(COMMON) > 50
    accepted = [word for word in COMMON if estimate(word).problem is None]
    assert accepted == []


@pytest.mark.parametrize(
    "password",
    [
        "passwordpassword",
        "Password1234!",
        "password12345",
        "passw0rdpassw0rd",
        "qwertyuiop[]",
        "qwertyuiopasdf",
        "1qaz2wsx3edc4rfv",
        "123456789012",
        "012345678910",
        "abcdefghijkl",
        "aaaaaaaaaaaa",
        "a" * 128,
        "abcabcabcabc",
        "x9" * 32,
        "drowssapdrowssap",
        "iloveyouiloveyou",
        "comfyuicomfyui",
        "comfyui123456",
        "passportpassport",
        "            ",
    ],
)
def test_patterns_and_repetitions_are_refused(password):
    assert estimate(password).problem == "too_common"


@pytest.mark.asvs("6.2.11")
@pytest.mark.parametrize(
    "password",
    [
        ADA,
        f"my {ADA} password",
        f"x9!kq{ADA.upper()}",
    ],
)
def test_ones_own_address_is_no_password_nor_a_part_of_one(password):
    assert estimate(password, (ADA, NAME)).problem == "contains_email"


@pytest.mark.asvs("6.2.11")
@pytest.mark.parametrize(
    ("password", "about"),
    [
        ("Augusta Lovelace", ("countess@example.org", NAME)),
        ("augustalovelace", ("countess@example.org", NAME)),
        ("LovelaceAugusta", ("countess@example.org", NAME)),
        ("4ugust4l0v3l4c3", ("countess@example.org", NAME)),
        ("augustalovelace", ("augusta.lovelace@example.org", "")),
        ("lovelaceexample", ("augusta.lovelace@example.org", "")),
    ],
)
def test_ones_own_name_is_none_either(password, about):
    assert estimate(password, about).problem == "too_common"


def test_what_was_known_of_one_person_is_not_held_against_the_next():
    password = "countess quadrant9"
    about = ("countess.quadrant9@example.org", password)
    assert estimate(password, about).problem == "too_common"
    assert estimate(password).problem is None


@pytest.mark.parametrize(
    "password", [PASSWORD, OTHER_PASSWORD, "ключ от старой двери", "鍵は古い扉の下にある雨の日"]
)
def test_a_few_words_that_do_not_belong_together_are_good(password):
    strength = estimate(password, (ADA, "Ada"))
    assert strength.problem is None
    assert strength.score >= 2


@pytest.mark.asvs("6.2.5")
def test_random_characters_of_any_kind_and_length_are_good():
    for length in [*range(SHORTEST, 40), 64, 100, 127, LONGEST] * 3:
        password = make_random(length)
        assert estimate(password, (ADA, NAME)).problem is None, ascii(password)


def test_a_long_one_is_as_good_as_its_better_half():
    good = "tr0ub4dor & zebra quilt, 7 moons"[:EXAMINED]
    assert estimate("a" * 60 + good).problem is None
    assert estimate(good + "a" * 60).problem is None
    assert estimate("a" * 60 + "b" * 60).problem == "too_common"


@pytest.mark.parametrize(
    "password",
    [
        "a" * LONGEST,
        "aB3$" * 32,
        "p4ssw0rd" * 16,
        "1111111222222233333334444444" * 4,
        "qwerty" * 21,
        "01/02/2003" * 12,
        "@@@@$$$$!!!!0000" * 8,
        "\U0001f511" * LONGEST,
        "x" * 10**6,
    ],
    ids=range(9),
)
def test_advisory_no_password_makes_it_look_at_more_than_two_short_texts(monkeypatch, password):
    examined = []
    real = zxcvbn.zxcvbn

    def watch(text, **options):
        examined.append(len(text))
        return real(text, **options)

    monkeypatch.setattr(zxcvbn, "zxcvbn", watch)
    estimate(password, (ADA, NAME))
    assert len(examined) <= 2
    assert all(length <= EXAMINED for length in examined)


async def test_requiring_names_the_problem_and_what_to_do(strength):
    await strength.require(PASSWORD)
    for password, problem in (("x", "too_short"), ("x" * 129, "too_long")):
        with pytest.raises(PasswordUnacceptableError) as refused:
            await strength.require(password)
        assert refused.value.details == {"problem": problem}
        assert refused.value.message == PROBLEMS[problem]
        assert password * 2 not in refused.value.message


def test_every_problem_has_a_text():
    for problem in PROBLEMS:
        with pytest.raises(PasswordUnacceptableError):
            refuse_problem(Strength(0, problem))
    refuse_problem(Strength(2, None))


async def test_it_works_on_one_thread_of_its_own(strength, monkeypatch):
    threads = set()
    real = password_strength.estimate

    def watch(*arguments):
        threads.add(threading.current_thread().name)
        return real(*arguments)

    monkeypatch.setattr(password_strength, "estimate", watch)
    await asyncio.gather(*(strength.estimate(f"{PASSWORD}{n}") for n in range(5)))
    (name,) = threads
    assert name.startswith("passport-strength")


async def test_advisory_whoever_comes_when_too_many_wait_is_sent_away_at_once(
    strength, monkeypatch
):
    go_on = threading.Event()

    def hold(*_):
        go_on.wait(10)
        return Strength(4, None)

    monkeypatch.setattr(password_strength, "estimate", hold)
    tasks = [asyncio.create_task(strength.estimate(PASSWORD)) for _ in range(200)]
    done, waiting = await asyncio.wait(tasks, timeout=0.2)
    assert len(waiting) == MOST_WAITING
    assert {type(task.exception()) for task in done} == {ServerBusyError}
    go_on.set()
    await asyncio.gather(*waiting)
    assert await strength.estimate(PASSWORD) == Strength(4, None)


async def test_a_new_password_is_hashed_only_if_it_is_good(strength):
    passwords = Passwords(**CHEAP)
    new = NewPasswords(passwords, strength)
    assert await passwords.verify(await new.make(PASSWORD, ADA, NAME), PASSWORD)
    with pytest.raises(PasswordUnacceptableError):
        await new.make(ADA, ADA, NAME)
    passwords.close()


def test_each_new_password_has_a_stamp_of_its_own_that_fits_the_store():
    rows = [make_row("account", "hash", START) for _ in range(20)]
    assert len({row.stamp for row in rows}) == 20
    assert {len(row.stamp) for row in rows} == {32}
    assert "hash" not in repr(rows[0]).replace("password_hash", "")
