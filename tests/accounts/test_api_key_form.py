"""What a key of ours looks like, and that nothing else passes for one."""

from __future__ import annotations

import re

import pytest
from passport.accounts.api_key_form import (
    ALPHABET,
    BODY_LENGTH,
    CHECKSUM_LENGTH,
    KEY_LENGTH_BYTES,
    generate_api_key,
    is_api_key,
    shorten,
)
from passport.secret import Secret

DOCUMENTED = re.compile(r"cpp_[0-9A-Za-z]{49}")  # docs/http-api.md, for scanners of leaked secrets

# Keys, and the CRC-32 (ISO 3309, as in zlib and PNG) of the 43 characters in their middle.
VECTORS = [
    ("cpp_00000000000000000000000000000000000000000002CZclj", 0x7849568F),
    ("cpp_zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz0UsatS", 0x1B329C2E),
    ("cpp_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf1Yo7hP", 0x55434E0F),
    ("cpp_yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp13sRzl1", 0xD3C65E7F),
]
KEY = VECTORS[2][0]


@pytest.mark.parametrize(("key", "crc"), VECTORS)
def test_a_key_ends_in_the_checksum_of_what_is_between_prefix_and_end(key, crc):
    assert is_api_key(key)
    number = 0
    for digit in key[-CHECKSUM_LENGTH:]:
        number = number * 62 + ALPHABET.index(digit)
    assert number == crc


@pytest.mark.asvs("11.5.1")
def test_keys_are_made_of_256_random_bits_in_the_documented_form():
    keys = [generate_api_key().reveal() for _ in range(200)]
    assert KEY_LENGTH_BYTES * 8 == 256
    assert 62**BODY_LENGTH > 2**256
    assert len(set(keys)) == 200
    assert all(DOCUMENTED.fullmatch(key) and is_api_key(key) for key in keys)
    assert len({key[10] for key in keys}) > 30


def test_every_change_of_one_character_is_noticed():
    for place, right in enumerate(KEY):
        for wrong in f"{ALPHABET}_-. é０":
            if wrong != right:
                assert not is_api_key(KEY[:place] + wrong + KEY[place + 1 :]), (place, wrong)


def test_every_swap_of_neighbours_and_every_character_lost_or_doubled_is_noticed():
    for place in range(len(KEY)):
        here, after = KEY[place], KEY[place + 1 : place + 2]
        if here != after:
            assert not is_api_key(KEY[:place] + after + here + KEY[place + 2 :]) or not after
        assert not is_api_key(KEY[:place] + KEY[place + 1 :])
        assert not is_api_key(KEY[:place] + here + KEY[place:])


@pytest.mark.parametrize(
    "odd",
    ["", "cpp_", f" {KEY}", f"{KEY}\n", f"{KEY} ", KEY.upper(), KEY.lower(), f"CPP_{KEY[4:]}",
     KEY * 2, "cpp_" + "0" * 49, "comfyui-" + "a" * 64, "\0" * 53, "x" * 1_000_000,
     f"cpp_{'٣' * 49}"],
    ids=range(14),
)  # fmt: skip
def test_what_only_resembles_a_key_is_none(odd):
    assert not is_api_key(odd)


def test_of_a_key_its_ends_are_shown_and_nothing_between():
    assert shorten(Secret(KEY)) == f"{KEY[:8]}…{KEY[-4:]}"
    assert len(shorten(generate_api_key())) == 13
