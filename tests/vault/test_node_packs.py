"""Which node packs may have the key: always, once, not any more."""

from __future__ import annotations

import threading

import pytest
from passport.storage.account_rows import add_account
from passport.tests.backend.fixtures import HERE, House
from passport.vault.errors import NodePackNameInvalidError
from passport.vault.node_packs import ALWAYS, ONCE, REMEMBERED_QUESTIONS, Question


@pytest.fixture
def packs(house):
    return house.node_packs


@pytest.fixture
def ada(house, clock):
    with house.database.transaction() as connection:
        return add_account(connection, "Ada", None, clock()).id


@pytest.fixture
def ben(house, clock):
    with house.database.transaction() as connection:
        return add_account(connection, "Ben", None, clock()).id


def test_nothing_is_allowed_to_begin_with(packs, ada):
    assert packs.list(ada) == []
    assert packs.allowed(ada) == frozenset()
    assert packs.take_once(ada, {"pack"}) == frozenset()
    assert packs.questions(ada) == []


def test_always_lasts_and_is_seen_by_every_process(packs, ada, ben, database, comfy, clock):
    row = packs.allow(ada, "pack", ALWAYS, HERE)
    packs.allow(ada, "pack", ALWAYS, HERE)
    assert packs.list(ada) == [row]
    assert House(database, comfy, clock).node_packs.allowed(ada) == {"pack"}
    assert packs.allowed(ben) == frozenset()


def test_once_is_one_time_for_one_account_and_one_pack(packs, ada, ben):
    packs.allow(ada, "pack", ONCE, HERE)
    assert packs.allowed(ada) == frozenset()
    assert packs.list(ada) == []
    assert packs.take_once(ben, {"pack"}) == frozenset()
    assert packs.take_once(ada, {"other"}) == frozenset()
    assert packs.take_once(ada, {"pack", "other"}) == {"pack"}
    assert packs.take_once(ada, {"pack"}) == frozenset()


def test_once_is_taken_by_one_of_many_runs_at_a_time(packs, ada):
    packs.allow(ada, "pack", ONCE, HERE)
    taken, start = [], threading.Barrier(8)

    def take():
        start.wait()
        taken.extend(packs.take_once(ada, {"pack"}))

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert taken == ["pack"]


def test_once_can_be_given_back(packs, ada):
    packs.give_back(ada, {"pack"})
    assert packs.take_once(ada, {"pack"}) == {"pack"}


@pytest.mark.parametrize("decision", [ALWAYS, ONCE])
def test_a_decision_can_be_taken_back(packs, ada, decision):
    packs.allow(ada, "pack", decision, HERE)
    packs.take_back(ada, "pack", HERE)
    packs.take_back(ada, "never allowed", HERE)
    assert packs.allowed(ada) == packs.take_once(ada, {"pack"}) == frozenset()


@pytest.mark.parametrize("name", ["", "x" * 256, "a\nb", "a\0b", "\u202eevil", "\ud800"])
def test_what_cannot_be_the_name_of_a_pack_is_refused(packs, ada, name):
    for decision in (ALWAYS, ONCE):
        with pytest.raises(NodePackNameInvalidError):
            packs.allow(ada, name, decision, HERE)
    assert packs.list(ada) == []


@pytest.mark.parametrize("name", ["x" * 255, "ComfyUI-Packs (ключ) ☃", "../../etc", "'; DROP"])
def test_any_folder_name_can_be_allowed(packs, ada, name):
    packs.allow(ada, name, ALWAYS, HERE)
    assert packs.allowed(ada) == {name}


def test_questions_stand_newest_first_until_they_are_answered(packs, ada, ben, clock):
    packs.ask(ada, "one", ["B", "A"])
    clock.advance(seconds=1)
    packs.ask(ada, "two", ["C"])
    packs.ask(ben, "three", [])
    assert [question.name for question in packs.questions(ada)] == ["two", "one"]
    clock.advance(seconds=1)
    packs.ask(ada, "one", ["A"])
    assert packs.questions(ada)[0] == Question("one", clock(), ("A",))
    packs.allow(ada, "one", ONCE, HERE)
    packs.take_back(ada, "two", HERE)
    assert packs.questions(ada) == []
    assert [question.name for question in packs.questions(ben)] == ["three"]


def test_no_more_questions_are_remembered_than_a_person_can_read(packs, ada):
    for number in range(REMEMBERED_QUESTIONS + 10):
        packs.ask(ada, f"{number}", [])
    names = [question.name for question in packs.questions(ada)]
    assert len(names) == REMEMBERED_QUESTIONS
    assert names[-1] == "10"


def test_a_double_click_is_one_decision_in_any_store(open_store, comfy, clock):
    houses = [House(open_store(), comfy, clock) for _ in range(2)]
    with houses[0].database.transaction() as connection:
        ada = add_account(connection, "Ada", None, clock()).id
    failures, start = [], threading.Barrier(2)

    def click(house):
        start.wait()
        try:
            for _ in range(5):
                house.node_packs.allow(ada, "pack", ALWAYS, HERE)
        except Exception as error:  # noqa: BLE001
            failures.append(error)

    threads = [threading.Thread(target=click, args=[house]) for house in houses]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert houses[0].node_packs.allowed(ada) == {"pack"}
