"""What the server knows of an account, to take along: all of it, and no secret."""

from __future__ import annotations

import hashlib
import io
import json
import threading
import zipfile
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from passport.accounts.errors import AccountMissingError
from passport.accounts.export import JSON_FILE, PAGE_FILE
from passport.accounts.merging import Asking
from passport.accounts.sign_in import fingerprint
from passport.secret import Secret
from passport.storage.account_rows import change_account, lock_account
from passport.storage.tables import credentials, metadata, passwords
from passport.tests.backend.comfy_in_memory import KEY
from passport.tests.backend.fixtures import HERE
from passport.tests.backend.people import (
    ADA,
    BEN,
    OTHER_PASSWORD,
    PASSWORD,
    THERE,
    actions,
    at_once,
    change,
    log_in,
    make_key,
    register,
)
from sqlalchemy import select

EVIL = "<script>alert(1)</script><img src=x onerror='1'>\"&amp;"


def read(packed):
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [JSON_FILE, PAGE_FILE]
        page, content = archive.read(PAGE_FILE).decode(), archive.read(JSON_FILE).decode()
    return json.loads(content), page, content


def export(house, who):
    return read(house.accounts.export.write(who.account.id, THERE))


async def full(house):
    """An account with something of everything; and the secrets that nobody may find again."""
    ada = await register(house, display_name="Ada Lovelace")
    await log_in(house, client=THERE)
    asking = Asking(ada.account.id, HERE)
    await house.accounts.linked_key.replace(asking, KEY, False)
    row, old = make_key(house, ada, "render farm")
    _, new = house.accounts.api_keys.rotate(ada.account.id, row.id, timedelta(hours=1), HERE)
    house.node_packs.allow(ada.account.id, "pack", "always", HERE)
    house.accounts.belongings.note_outputs(ada.account.id, ["castle/1.png"])
    return ada, [PASSWORD, KEY, ada.token.reveal(), old.reveal(), new.reveal()]


class Page(HTMLParser):
    """The tags and attributes of a page, and its text."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes, self.text = set(), set(), ""
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attributes}

    def handle_data(self, data):
        self.text += data


async def test_it_has_everything_that_the_server_knows(house, clock):
    ada, _ = await full(house)
    content, page, _ = export(house, ada)
    assert content["exported_at"] == f"{clock():%Y-%m-%dT%H:%M:%SZ}"
    assert content["account"]["email"] == ADA
    assert content["account"]["display_name"] == "Ada Lovelace"
    assert [each["kind"] for each in content["identities"]] == ["comfy-api-key", "password"]
    assert {each["address"] for each in content["sessions"]} == {HERE.address, THERE.address}
    assert [each["name"] for each in content["api_keys"]] == ["render farm"]
    assert [each["service"] for each in content["credentials"]] == ["comfy"]
    assert [each["name"] for each in content["node_packs"]] == ["pack"]
    assert content["outputs"] == [{"path": "castle/1.png"}]
    assert {each["action"] for each in content["events"]} >= {"registered", "account_exported"}
    shown = Page(page).text
    for text in (ADA, "Ada Lovelace", "render farm", "comfyui-…wxyz", HERE.user_agent):
        assert text in shown


async def test_advisory_no_secret_no_hash_and_nothing_sealed_is_in_it(house):
    ada, shown = await full(house)
    with house.database.reading() as connection:
        kept = [
            value
            for table in metadata.sorted_tables
            for row in connection.execute(select(table)).mappings()
            for value in row.values()
            if isinstance(value, bytes)
        ]
        kept.append(connection.execute(select(credentials.c.ciphertext)).scalar_one())
        hashed = connection.execute(select(passwords.c.password_hash)).scalar_one()
    hidden = [
        *shown,
        hashed,
        fingerprint(Secret(KEY)),
        "argon2",
        "ciphertext",
        "sha256",
        "password_hash",
    ]
    hidden += [value.hex() for value in kept] + [str(value) for value in kept]
    hidden += [hashlib.sha256(each.encode()).hexdigest() for each in shown]
    _, page, text = export(house, ada)
    for secret in hidden:
        assert secret not in text
        assert secret not in page


async def test_what_is_anothers_is_not_in_it(house):
    ada, _ = await full(house)
    ben = await register(house, BEN, OTHER_PASSWORD, client=THERE)
    make_key(house, ben, "bens own")
    _, page, text = export(house, ada)
    for canary in (BEN, "bens own", ben.account.id):
        assert canary not in text + page
    content, _, _ = export(house, ben)
    assert [each["name"] for each in content["api_keys"]] == ["bens own"]


@pytest.mark.asvs("1.2.1", "1.3.7")
async def test_advisory_what_people_chose_is_never_interpreted(house):
    ada = await register(house)
    change(house, ada, display_name=EVIL)
    make_key(house, ada, EVIL[:64])
    content, page, _ = export(house, ada)
    assert content["account"]["display_name"] == EVIL
    parsed = Page(page)
    assert not parsed.tags & {"script", "img", "a", "link", "iframe", "object", "form"}
    assert parsed.attributes <= {"lang", "charset", "name", "content"}
    assert EVIL in parsed.text


async def test_the_page_asks_nobody_for_anything(house):
    ada, _ = await full(house)
    _, page, _ = export(house, ada)
    assert "://" not in page
    assert "url(" not in page


async def test_a_cancelled_account_takes_its_data_along_too(house):
    ada, _ = await full(house)
    house.accounts.leaving.cancel(ada.account.id, ada.session.id, HERE)
    content, _, _ = export(house, ada)
    assert (content["account"]["state"], len(content["sessions"])) == ("cancelled", 1)
    assert content["account"]["purge_at"]


async def test_of_an_account_that_has_gone_there_is_nothing_and_nothing_is_written_down(house):
    ada, _ = await full(house)
    house.accounts.leaving.delete(ada.account.id, HERE)
    with pytest.raises(AccountMissingError):
        export(house, ada)
    assert actions(house) == ["account_deleted"]


def test_it_shows_one_moment_while_the_account_changes(open_house):
    """A writer gives the account a new name and a key of that name, always both together."""
    house, other = open_house(), open_house()
    (ada,) = at_once([lambda: register(house)])
    row, _ = make_key(house, ada, "0")
    change(house, ada, display_name="0")
    stop = threading.Event()

    def write():
        number = 0
        while not stop.is_set():
            number += 1
            with other.database.transaction() as connection:
                lock_account(connection, ada.account.id)
                change_account(connection, ada.account.id, display_name=f"{number}")
                connection.execute(metadata.tables["api_keys"].update().values(name=f"{number}"))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        seen = [export(house, ada)[0] for _ in range(25)]
    finally:
        stop.set()
        writer.join()
    pairs = [(each["account"]["display_name"], each["api_keys"][0]["name"]) for each in seen]
    assert all(name == key for name, key in pairs), pairs
    assert len(set(pairs)) > 1, "nothing changed meanwhile: the test shows nothing"
    assert row.name == "0"
