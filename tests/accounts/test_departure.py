"""An account and its files leave together: all of it or nothing, whatever happens in between."""

from __future__ import annotations

import errno
import importlib
import json
import os
import shutil
import stat
from datetime import timedelta

import pytest
from passport.accounts.belongings import KINDS, OUTPUTS
from passport.accounts.errors import AccountMissingError, LastOwnerError
from passport.accounts.trash import PLAN
from passport.data_folder import DataFolderUnusableError
from passport.network.host_facts import HostFacts
from passport.settings import Settings
from passport.storage import database as database_module
from passport.storage.errors import StorageError
from passport.tests.backend.fixtures import HERE, House
from passport.tests.backend.people import (
    BEN,
    account_of,
    actions,
    at_once,
    failures,
    register,
    successes,
)

DAYS = timedelta(days=Settings().cancelled_account_days)

STEPS = ("lock_ownership", "delete_traces", "delete_account", "Receipt")


class Killed(BaseException):
    """Stands for a process that ends here and now."""


class Place:
    """A house with files: ada's two outputs and folder, and others' beside them."""

    def __init__(self, tmp_path, database, comfy, clock):
        self.output, self.users = tmp_path / "output", tmp_path / "user"
        self.trash = tmp_path / "data" / "trash"
        self.mine = [self.output / "1.png", self.output / "castle" / "2.png", self.users / "ada"]
        self.others = [self.output / "bens.png", self.users / "ben" / "a.json"]
        for file in (*self.mine[:2], self.users / "ada" / "a.json", *self.others):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(file.name)
        self.arguments = database, comfy, clock
        self.start()

    def start(self):
        """Begin anew, as after a kill."""
        facts = HostFacts(output_folder=str(self.output), users_folder=str(self.users))
        self.house = House(*self.arguments, trash_folder=self.trash, host_facts=facts)
        self.departure = self.house.accounts.departure
        return self

    def delete(self, kinds=KINDS):
        return self.departure.delete(self.ada.account.id, kinds, HERE)

    def in_trash(self):
        files = (each for each in self.trash.rglob("*") if each.is_file())
        return sorted("/".join(each.relative_to(self.trash).parts[1:]) for each in files)

    def stand(self):
        """Tell which of ada's things are where they were."""
        return [each.exists() for each in self.mine]


ALL_IN_TRASH = ["outputs/1.png", "outputs/castle/2.png", "user_folder/ada/a.json"]


@pytest.fixture
async def place(tmp_path, database, comfy, clock):
    place = Place(tmp_path, database, comfy, clock)
    place.ada = await register(place.house)
    place.ben = await register(place.house, BEN)
    for who, name in ((place.ada, "ada"), (place.ben, "ben")):
        place.house.accounts.people.name_comfy_user(who.account.id, name, None, HERE)
    place.house.accounts.people.make_owner(place.ben.account.id, HERE)
    place.house.accounts.belongings.note_outputs(place.ada.account.id, ["1.png", "castle/2.png"])
    place.house.accounts.belongings.note_outputs(place.ben.account.id, ["bens.png"])
    yield place
    assert all(each.exists() for each in place.others), "what is another's was touched"


class TestLeaving:
    def test_what_was_chosen_goes_to_the_trash_and_is_counted(self, place):
        departed = place.delete()
        assert (departed.moved, departed.left) == (3, ())
        assert departed.receipt.number
        assert place.stand() == [False] * 3
        assert place.in_trash() == ALL_IN_TRASH
        assert account_of(place.house, place.ada) is None

    @pytest.mark.parametrize("kinds", [[], [OUTPUTS]])
    def test_what_was_not_chosen_stays(self, place, kinds):
        assert place.delete(kinds).moved == 2 * len(kinds)
        assert place.stand() == [not kinds, not kinds, True]

    def test_the_list_tells_beforehand_what_there_is(self, place):
        listed = place.departure.list(place.ada.account.id)
        assert [each.shown for each in listed] == ["1.png", "castle/2.png", "ada"]
        assert place.stand() == [True] * 3

    def test_the_trash_is_its_owners_alone_and_tells_no_mail_address(self, place):
        place.delete()
        folders = [place.trash, *(each for each in place.trash.rglob("outputs"))]
        assert {stat.S_IMODE(each.stat().st_mode) for each in folders} == {0o700}
        assert "@" not in str(list(place.trash.rglob("*")))

    def test_whoever_may_not_go_keeps_everything(self, place):
        place.house.accounts.people.set_state(place.ben.account.id, "disabled", None, HERE)
        with pytest.raises(LastOwnerError):
            place.delete()
        assert place.stand() == [True] * 3
        assert list(place.trash.glob("*")) == []

    def test_a_store_that_cannot_be_written_leaves_everything(self, place, monkeypatch):
        def fail(*_):
            raise StorageError("Full.")

        monkeypatch.setattr("passport.accounts.leaving.delete_account", fail)
        with pytest.raises(StorageError):
            place.delete()
        assert account_of(place.house, place.ada)
        assert place.stand() == [True] * 3
        assert list(place.trash.glob("*")) == []

    def test_files_that_cannot_be_scrubbed_at_once_hold_nothing_up(self, place, monkeypatch):
        def fail(self):
            raise StorageError("Busy.")

        monkeypatch.setattr(database_module.Database, "scrub", fail)
        assert place.delete().moved == 3
        assert place.in_trash() == ALL_IN_TRASH

    def test_a_trash_that_cannot_be_made_is_said_before_anything_happens(self, place):
        place.trash.parent.mkdir(parents=True, exist_ok=True)
        place.trash.write_text("a file is in the way")
        with pytest.raises(DataFolderUnusableError):
            place.delete()
        assert account_of(place.house, place.ada)
        assert place.stand() == [True] * 3

    def test_advisory_of_two_who_delete_at_once_neither_loses_the_files(self, place):
        """The second found the account gone, and dropped the plan with what the first had moved."""

        async def delete():
            return place.delete()

        outcomes = at_once([delete] * 4)
        assert [each.moved for each in successes(outcomes)] == [3]
        assert {type(each) for each in failures(outcomes)} == {AccountMissingError}
        assert place.in_trash() == ALL_IN_TRASH

    def test_tidying_meanwhile_takes_nothing_away(self, place):
        async def delete():
            return place.delete()

        async def tidy():
            for _ in range(20):
                place.departure.tidy()

        outcomes = at_once([delete, tidy, tidy])
        assert failures(outcomes) == []
        assert outcomes[0].moved == 3
        assert place.in_trash() == ALL_IN_TRASH


class TestBeingKilled:
    """At each point between plan and last move; what the next start makes of it."""

    def kill_at(self, monkeypatch, target, after=0):
        where, _, name = target.rpartition(".")
        module = importlib.import_module(where)
        real, calls = getattr(module, name), []

        def act(*arguments, **named):
            calls.append(1)
            if len(calls) > after:
                raise Killed
            return real(*arguments, **named)

        monkeypatch.setattr(module, name, act)

    @pytest.mark.parametrize(
        "target",
        ["os.fsync", *(f"passport.accounts.leaving.{step}" for step in STEPS)],
    )
    def test_before_the_account_was_deleted_nothing_has_happened(self, place, monkeypatch, target):
        with monkeypatch.context() as patch:
            self.kill_at(patch, target)
            with pytest.raises(Killed):
                place.delete()
        assert list(place.trash.glob(f"*/{PLAN}"))
        place.start().departure.tidy()
        assert account_of(place.house, place.ada)
        assert place.stand() == [True] * 3
        assert list(place.trash.glob("*")) == []
        assert place.delete().moved == 3

    def die(self, *_):
        raise Killed

    @pytest.mark.parametrize("moved", [0, 1, 2])
    def test_after_it_the_next_start_moves_the_rest(self, place, monkeypatch, moved):
        with monkeypatch.context() as patch:
            self.kill_at(patch, "shutil.move", after=moved)
            with pytest.raises(Killed):
                place.delete()
        assert account_of(place.house, place.ada) is None
        assert place.stand().count(True) == 3 - moved
        place.start().departure.tidy()
        assert place.in_trash() == ALL_IN_TRASH
        assert place.stand() == [False] * 3
        assert actions(place.house)[-1] == "account_deleted"

    def test_even_after_the_days_that_things_lie_in_the_trash(self, place, monkeypatch, clock):
        with monkeypatch.context() as patch:
            self.kill_at(patch, "shutil.move", after=1)
            with pytest.raises(Killed):
                place.delete()
        clock.now += DAYS * 2
        place.start().departure.tidy()
        assert place.stand() == [False] * 3, "moved, and as it is late, emptied"

    def test_between_the_last_move_and_the_end_of_the_plan(self, place, monkeypatch):
        with monkeypatch.context() as patch:
            patch.setattr(type(place.trash), "unlink", self.die)
            with pytest.raises(Killed):
                place.delete()
        place.start().departure.tidy()
        assert place.in_trash() == ALL_IN_TRASH

    @pytest.mark.parametrize("text", ["", "{", '{"account_id"', "[]", "null", '{"moves": []}'])
    def test_a_plan_cut_short_is_dropped(self, place, text):
        folder = place.trash / "2026-11-23-cut"
        folder.mkdir(parents=True)
        (folder / PLAN).write_text(text)
        place.departure.tidy()
        assert not folder.exists()
        assert place.stand() == [True] * 3

    def test_a_plan_that_cannot_be_read_today_waits_with_what_is_beside_it(
        self, place, monkeypatch
    ):
        with monkeypatch.context() as patch:
            self.kill_at(patch, "shutil.move", after=1)
            with pytest.raises(Killed):
                place.delete()
        read = type(place.trash).read_text

        def fail(path, *arguments, **named):
            if path.name == PLAN:
                raise OSError(errno.EIO, "the disk")
            return read(path, *arguments, **named)

        with monkeypatch.context() as patch:
            patch.setattr(type(place.trash), "read_text", fail)
            place.start().departure.tidy()
        assert place.in_trash() == ["outputs/1.png", PLAN]
        place.departure.tidy()
        assert place.in_trash() == ALL_IN_TRASH


class TestWhereMovingIsHard:
    def test_on_another_file_system_files_and_folders_are_copied_and_removed(
        self, place, monkeypatch
    ):
        def fail(*_):
            raise OSError(errno.EXDEV, "another file system")

        (place.users / "ada" / "link").symlink_to(place.others[1])
        monkeypatch.setattr(os, "rename", fail)
        assert place.delete().moved == 3
        assert place.stand() == [False] * 3
        assert place.in_trash() == [*ALL_IN_TRASH, "user_folder/ada/link"]
        (link,) = place.trash.rglob("link")
        assert link.is_symlink(), "what a link leads to is not copied"

    def test_what_cannot_be_moved_is_told_and_stays(self, place, monkeypatch, caplog):
        real = shutil.move

        def move(source, target):
            if source.name == "2.png":
                raise PermissionError(errno.EACCES, "not allowed")
            return real(source, target)

        monkeypatch.setattr(shutil, "move", move)
        departed = place.delete()
        assert (departed.moved, departed.left) == (2, ("outputs/castle/2.png",))
        assert place.stand() == [False, True, False]
        assert account_of(place.house, place.ada) is None
        assert "not allowed" in caplog.text
        place.departure.tidy()
        assert place.stand() == [False, True, False], "nobody tries again behind one's back"

    def test_what_has_vanished_since_it_was_planned_is_told(self, place, monkeypatch):
        plan = type(place.departure._trash).plan

        def plan_then_lose(*arguments):
            made = plan(*arguments)
            place.mine[0].unlink()
            return made

        monkeypatch.setattr(type(place.departure._trash), "plan", plan_then_lose)
        assert place.delete().left == ("outputs/1.png",)

    def test_a_full_disk_while_copying_loses_nothing(self, place, monkeypatch):
        def fail(*_):
            raise OSError(errno.EXDEV, "another file system")

        def full(*_, **__):
            raise OSError(errno.ENOSPC, "no space left")

        monkeypatch.setattr(os, "rename", fail)
        monkeypatch.setattr(shutil, "copyfile", full)
        departed = place.delete([OUTPUTS])
        assert len(departed.left) == 2
        assert place.stand() == [True] * 3


class TestEmptying:
    def test_it_goes_for_good_after_the_days(self, place, clock):
        place.delete()
        clock.now += DAYS - timedelta(days=1)
        place.departure.tidy()
        assert place.in_trash() == ALL_IN_TRASH
        clock.now += timedelta(days=1)
        place.departure.tidy()
        assert list(place.trash.glob("*")) == []

    def test_what_is_not_ours_in_it_stays(self, place, clock):
        place.trash.mkdir(parents=True)
        (place.trash / "notes").mkdir()
        (place.trash / "2020-13-45-x").mkdir()
        (place.trash / "2020.txt").write_text("")
        clock.now += DAYS * 100
        place.departure.tidy()
        assert len(list(place.trash.glob("*"))) == 3

    def test_a_plan_names_the_account_and_where_each_thing_lay(self, place, monkeypatch):
        monkeypatch.setattr(type(place.departure._trash), "carry_out", lambda *_: [])
        place.delete([OUTPUTS])
        (file,) = place.trash.glob(f"*/{PLAN}")
        assert file.parent.name.startswith("2026-11-23-")
        plan = json.loads(file.read_text())
        assert plan["account_id"] == place.ada.account.id
        assert plan["moves"][0] == [str(place.mine[0]), "outputs/1.png"]
