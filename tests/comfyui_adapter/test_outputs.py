"""Whose files a run has written; and runs of people who have left."""

from __future__ import annotations

import logging

import pytest
from passport.audit.clients import COMMAND_LINE
from passport.comfyui.outputs import note_outputs
from passport.dev.practice import PRACTICE_KEY, PRACTICE_KEY_2
from passport.storage.account_rows import change_account
from passport.storage.errors import DatabaseBusyError
from passport.storage.output_rows import list_outputs
from passport.tests.comfyui_adapter.conftest import error_of


@pytest.fixture
async def ada(browser):
    await browser.log_in(PRACTICE_KEY)
    return browser


@pytest.fixture
async def ben(server, ada):
    browser = server.browser()
    await browser.log_in(PRACTICE_KEY_2)
    return browser


async def id_of(browser):
    return (await browser.status())["account"]["id"]


async def files_of(server, browser):
    account_id = await id_of(browser)
    with server.services.database.reading() as connection:
        return sorted(list_outputs(connection, account_id))


def saves(*files, cached=False, fails=False, shown=None):
    """What a node does that shows these files as its outputs."""

    def run(executor, inputs):
        if cached:
            executor.add_message("execution_cached", {"nodes": ["1"]}, broadcast=False)
        inputs.clear()
        inputs.update(shown if shown is not None else {"images": [*files]})
        if fails:
            raise RuntimeError("later")

    return staticmethod(run)


def image(filename, subfolder="", kind="output"):
    return {"filename": filename, "subfolder": subfolder, "type": kind}


async def test_what_nodes_say_to_have_written_is_noted_as_the_accounts(adapter, server, ada):
    files = [image("1.png"), image("2.png", "castle/tower"), image("3.png", "castle\\tower\\")]
    adapter.add_node("Save", "anybody", hidden={}, run=saves(*files))
    await adapter.run(ada, "Save")
    assert await files_of(server, ada) == ["1.png", "castle/tower/2.png", "castle/tower/3.png"]


async def test_previews_and_inputs_are_not(adapter, server, ada):
    files = [image("1.png", kind="temp"), image("2.png", kind="input"), image("3.png", kind=None)]
    adapter.add_node("Save", "anybody", hidden={}, run=saves(*files))
    await adapter.run(ada, "Save")
    assert await files_of(server, ada) == []


async def test_videos_sounds_and_models_are_files_like_others(adapter, server, ada):
    shown = {
        "gifs": [image("1.mp4")],
        "audio": [image("2.flac")],
        "animated": (True,),
        "text": ["hello", 3, None],
        "words": "hello",
    }
    adapter.add_node("Save", "anybody", hidden={}, run=saves(shown=shown))
    await adapter.run(ada, "Save")
    assert await files_of(server, ada) == ["1.mp4", "2.flac"]


async def test_whoever_writes_a_file_anew_owns_it(adapter, server, ada, ben):
    adapter.add_node("Save", "anybody", hidden={}, run=saves(image("1.png")))
    await adapter.run(ada, "Save")
    await adapter.run(ben, "Save")
    assert (await files_of(server, ada), await files_of(server, ben)) == ([], ["1.png"])
    await adapter.run(server.browser(), "Save")
    assert await files_of(server, ben) == []


async def test_advisory_what_came_out_of_the_cache_stays_its_makers(adapter, server, ada, ben):
    """ComfyUI shows the outputs of nodes that did not run, for they were the same: Ben, queueing
    Ada's workflow, would own her files, and take them along when he leaves."""
    adapter.add_node("Save", "anybody", hidden={}, run=saves(image("1.png")))
    await adapter.run(ada, "Save")
    adapter.add_node("Save", "anybody", hidden={}, run=saves(image("1.png"), cached=True))
    await adapter.run(ben, "Save")
    assert (await files_of(server, ada), await files_of(server, ben)) == (["1.png"], [])


@pytest.mark.parametrize(
    "shown",
    [{"images": [image("../1.png")]}, {"images": [image("1.png", "../..")]}, {"images": [{}]},
     {"images": [image("/etc/passwd")]}, {"images": [{"type": "output"}]}, {"images": None}],
)  # fmt: skip
async def test_advisory_odd_words_of_nodes_note_nothing_and_break_nothing(
    adapter, server, ada, shown
):
    adapter.add_node("Save", "anybody", hidden={}, run=saves(shown=shown))
    executor = await adapter.run(ada, "Save")
    assert executor.success
    assert [path for path in await files_of(server, ada) if ".." in path or path[0] == "/"] == []


@pytest.mark.parametrize("result", [None, {}, {"outputs": None}, {"outputs": {"1": None}}, "x", 3])
async def test_a_history_of_another_form_breaks_nothing(adapter, server, ada, result):
    class Executor:
        history_result = result

    assert note_outputs(server.composition, None, Executor()) is None
    assert note_outputs(server.composition, None, object()) is None


@pytest.mark.parametrize("error", [DatabaseBusyError("Busy."), RuntimeError(PRACTICE_KEY)])
async def test_a_store_that_fails_breaks_no_run(adapter, server, ada, monkeypatch, caplog, error):
    def fail(*_):
        raise error

    monkeypatch.setattr(server.services.accounts.belongings, "note_outputs", fail)
    adapter.add_node("Save", "anybody", hidden={}, run=saves(image("1.png")))
    with caplog.at_level(logging.WARNING):
        executor = await adapter.run(ada, "Save")
    assert executor.success
    assert executor.history_result == {"outputs": {"1": {"images": [image("1.png")]}}}
    assert "Not noted whose outputs these are" in caplog.text
    assert PRACTICE_KEY not in caplog.text


async def test_a_store_that_fails_in_asking_for_the_account_breaks_no_run_without_a_key(
    adapter, server, ada, monkeypatch
):
    def fail(*_):
        raise DatabaseBusyError("Busy.")

    monkeypatch.setattr(server.services.credentials, "is_usable_by", fail)
    adapter.add_node("Plain", "anybody", hidden={})
    assert (await adapter.run(ada, "Plain")).success


@pytest.mark.parametrize("nodes", [("Plain",), ("Plain", "Own")], ids=["no key", "a key"])
@pytest.mark.parametrize("state", ["cancelled", "disabled", "gone"])
async def test_a_run_of_an_account_that_is_no_longer_active_fails_before_it_begins(
    adapter, server, ada, state, nodes
):
    ran = []
    adapter.add_node("Plain", "anybody", hidden={}, run=staticmethod(lambda *_: ran.append(1)))
    left = await adapter.post(ada, *nodes)
    account_id = await id_of(ada)
    if state == "gone":
        server.services.accounts.leaving.delete(account_id, COMMAND_LINE)
    else:
        with server.services.database.transaction() as connection:
            change_account(connection, account_id, state=state)

    executor = adapter.execute(left)

    assert ran == []
    assert not executor.success
    error = error_of(executor)
    assert error["exception_type"] == "PassportCredentialUnavailable"
    assert "cancelled, disabled or deleted since" in error["exception_message"]
    assert PRACTICE_KEY not in str(executor.status_messages)


async def test_a_run_of_whoever_came_back_goes_on(adapter, server, ada):
    left = await adapter.post(ada, "Own")
    account_id = await id_of(ada)
    for state in ("cancelled", "active"):
        with server.services.database.transaction() as connection:
            change_account(connection, account_id, state=state)
    assert adapter.execute(left).got == {"1": {"api_key": PRACTICE_KEY}}


async def test_a_run_of_somebody_else_is_not_touched(adapter, server, ada, ben):
    left = await adapter.post(ben, "Own")
    with server.services.database.transaction() as connection:
        change_account(connection, await id_of(ada), state="disabled")
    assert adapter.execute(left).success
