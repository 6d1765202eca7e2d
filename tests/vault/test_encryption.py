"""Sealed secrets open under their key and in their place, and nowhere else."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from passport.secret import Secret
from passport.vault.encryption import (
    KEY_LENGTH_BYTES,
    NONCE_LENGTH_BYTES,
    KeyRing,
    Sealed,
    decode_keys,
    encode_key,
    generate_key,
    name_key_version,
)
from passport.vault.errors import (
    CredentialUnreadableError,
    MasterKeyInvalidError,
    MasterKeyMissingError,
)

VECTORS = json.loads(Path(__file__).with_name("encryption_vectors.json").read_text("utf-8"))
OLD, NEW = bytes(range(32)), bytes(range(32, 64))
PLACE = ("account", "comfy", "default")
SECRET = Secret("comfyui-secret")


@pytest.fixture
def ring():
    return KeyRing([OLD])


@pytest.mark.asvs("11.2.2")
@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["key_version"])
def test_what_earlier_versions_have_sealed_opens(vector):
    """The vectors were made without our code: they fix the format of what stands in stores."""
    (key,) = decode_keys(vector["master_key"])
    assert name_key_version(key) == vector["key_version"]
    sealed = Sealed(bytes.fromhex(vector["ciphertext"]), vector["key_version"])
    assert KeyRing([key]).open(sealed, *vector["place"]).reveal() == vector["secret"]


def test_what_is_sealed_opens_again(ring):
    sealed = ring.seal(SECRET, *PLACE)
    assert ring.open(sealed, *PLACE).reveal() == SECRET.reveal()
    assert SECRET.reveal().encode() not in sealed.ciphertext


@pytest.mark.asvs("11.2.5")
@pytest.mark.threat(22)
def test_every_changed_byte_is_noticed(ring):
    sealed = ring.seal(SECRET, *PLACE)
    for index in range(len(sealed.ciphertext)):
        changed = bytearray(sealed.ciphertext)
        changed[index] ^= 1
        with pytest.raises(CredentialUnreadableError):
            ring.open(Sealed(bytes(changed), sealed.key_version), *PLACE)


def test_every_cut_and_every_addition_is_noticed(ring):
    sealed = ring.seal(SECRET, *PLACE)
    changed = [sealed.ciphertext[:length] for length in range(len(sealed.ciphertext))]
    for content in [*changed, sealed.ciphertext + b"\0", b"\0" + sealed.ciphertext]:
        with pytest.raises(CredentialUnreadableError):
            ring.open(Sealed(content, sealed.key_version), *PLACE)


@pytest.mark.asvs("11.3.3")
@pytest.mark.threat(22)
@pytest.mark.parametrize(
    "place",
    [
        ("other account", "comfy", "default"),
        ("account", "other service", "default"),
        ("account", "comfy", "other profile"),
        ("comfy", "account", "default"),
        ("account", "comfy"),
        ("account", "comfy", "default", ""),
        ('account", "comfy', "default"),
        (),
    ],
)
def test_advisory_a_row_moved_to_another_place_does_not_open(ring, place):
    sealed = ring.seal(SECRET, *PLACE)
    with pytest.raises(CredentialUnreadableError):
        ring.open(sealed, *place)


def test_advisory_a_ciphertext_does_not_open_under_the_name_of_another_key():
    ring = KeyRing([OLD, NEW])
    sealed = ring.seal(SECRET, *PLACE)
    with pytest.raises(CredentialUnreadableError):
        ring.open(Sealed(sealed.ciphertext, name_key_version(NEW)), *PLACE)


@pytest.mark.asvs("11.1.1", "13.3.4")
def test_the_newest_key_seals_and_an_older_one_still_opens():
    before = KeyRing([OLD]).seal(SECRET, *PLACE)
    rotated = KeyRing([NEW, OLD])
    after = rotated.seal(SECRET, *PLACE)
    assert (before.key_version, after.key_version) == (name_key_version(OLD), name_key_version(NEW))
    for sealed in (before, after):
        assert rotated.open(sealed, *PLACE).reveal() == SECRET.reveal()
    with pytest.raises(MasterKeyMissingError):
        KeyRing([OLD]).open(after, *PLACE)


def test_a_missing_key_is_named_and_no_damage_is_claimed():
    sealed = KeyRing([OLD]).seal(SECRET, *PLACE)
    with pytest.raises(MasterKeyMissingError) as caught:
        KeyRing([NEW]).open(sealed, *PLACE)
    assert caught.value.details == {"key_version": name_key_version(OLD)}


@pytest.mark.asvs("11.3.4")
def test_no_nonce_is_used_twice(ring):
    nonces = {ring.seal(SECRET, *PLACE).ciphertext[:NONCE_LENGTH_BYTES] for _ in range(2000)}
    assert len(nonces) == 2000


def test_a_ring_without_a_key_says_at_each_use_why():
    problem = MasterKeyMissingError("It is gone.")
    ring = KeyRing((), problem)
    with pytest.raises(MasterKeyMissingError, match="It is gone"):
        ring.seal(SECRET, *PLACE)
    with pytest.raises(MasterKeyMissingError, match="It is gone"):
        ring.open(Sealed(b"", "v"), *PLACE)
    assert ring.versions == frozenset()


def test_a_ring_that_is_empty_for_no_reason_seals_nothing():
    ring = KeyRing(())
    assert isinstance(ring.problem, MasterKeyInvalidError)
    with pytest.raises(MasterKeyInvalidError):
        ring.seal(SECRET, *PLACE)


@pytest.mark.asvs("11.2.5")
def test_the_errors_hold_neither_key_nor_secret(ring):
    sealed = ring.seal(SECRET, *PLACE)
    with pytest.raises(CredentialUnreadableError) as caught:
        ring.open(sealed, "elsewhere")
    told = f"{caught.value!r} {caught.value.details}"
    assert SECRET.reveal() not in told
    assert encode_key(OLD) not in told


@pytest.mark.asvs("11.2.3")
def test_new_keys_are_random_and_whole():
    keys = {generate_key() for _ in range(100)}
    assert len(keys) == 100
    assert {len(key) for key in keys} == {KEY_LENGTH_BYTES}


def test_the_version_of_a_key_is_no_part_of_it():
    name = name_key_version(OLD)
    assert len(name) == 16
    assert name not in OLD.hex()


@pytest.mark.parametrize("separator", [",", " ", "\n", ", ", "\r\n"])
def test_keys_are_read_newest_first(separator):
    text = separator.join([encode_key(NEW), encode_key(OLD)])
    assert decode_keys(f"\n{text} \n") == [NEW, OLD]


@pytest.mark.parametrize(
    "text",
    [
        "nonsense",
        base64.b64encode(bytes(31)).decode(),
        base64.b64encode(bytes(33)).decode(),
        f"{base64.b64encode(OLD).decode()},short",
        base64.b64encode(OLD).decode().rstrip("="),
        OLD.hex(),
        "ключ",
    ],
)
def test_anything_but_32_bytes_is_no_master_key(text):
    with pytest.raises(MasterKeyInvalidError) as caught:
        decode_keys(text)
    assert text not in caught.value.message
