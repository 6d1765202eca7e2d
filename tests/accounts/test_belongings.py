"""Whose files are whose; what is not sure to be somebody's is nobody's."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from passport.accounts.belongings import KINDS, OUTPUTS, USER_FOLDER, is_own_folder
from passport.accounts.errors import AccountMissingError, ComfyUserInvalidError
from passport.accounts.merging import Asking
from passport.network.host_facts import HostFacts
from passport.storage.tables import outputs
from passport.tests.backend.comfy_in_memory import KEY, OTHER_KEY
from passport.tests.backend.fixtures import HERE, House
from passport.tests.backend.people import (
    BEN,
    account_of,
    actions,
    at_once,
    change,
    count_rows,
    failures,
    log_in_with_key,
    register,
)


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "ComfyUI" / "output"
    made.mkdir(parents=True)
    return made


@pytest.fixture
def users(tmp_path):
    made = tmp_path / "ComfyUI" / "user"
    for name in ("ada", "ben", "default", "__passport"):
        (made / name / "workflows").mkdir(parents=True)
        (made / name / "workflows" / "a.json").write_text("{}")
    return made


@pytest.fixture
def house(database, comfy, clock, folder, users):
    facts = HostFacts(output_folder=str(folder), users_folder=str(users))
    return House(database, comfy, clock, host_facts=facts)


@pytest.fixture
async def ada(house):
    return await register(house)


@pytest.fixture
async def ben(house, ada):
    return await register(house, BEN)


def put(folder, path, text="x"):
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def note(house, who, *paths):
    house.accounts.belongings.note_outputs(who and who.account.id, paths)


def shown(house, who, kinds=KINDS):
    return [each.shown for each in house.accounts.belongings.list(who.account.id, kinds)]


class TestOutputs:
    def test_what_a_run_has_written_is_its_accounts(self, house, folder, ada, ben, clock):
        put(folder, "1.png", "four")
        put(folder, "castle/2.png")
        note(house, ada, "1.png")
        clock.advance(minutes=1)
        note(house, ada, "castle/2.png")
        assert shown(house, ada) == ["castle/2.png", "1.png"]
        assert shown(house, ben) == []
        (first,) = [
            each for each in house.accounts.belongings.list(ada.account.id) if each.size_bytes == 4
        ]
        assert (first.kind, first.path) == (OUTPUTS, folder / "1.png")

    def test_whoever_wrote_a_file_last_owns_it(self, house, folder, ada, ben):
        put(folder, "1.png")
        note(house, ada, "1.png")
        note(house, ben, "1.png")
        assert (shown(house, ada), shown(house, ben)) == ([], ["1.png"])
        assert count_rows(house, outputs) == (1,)

    def test_what_somebody_without_an_account_has_overwritten_is_nobodys(
        self, house, folder, ada, ben
    ):
        put(folder, "1.png")
        for nobody in (None, ben):
            note(house, ada, "1.png")
            if nobody:
                house.accounts.leaving.delete(ben.account.id, HERE)
            note(house, nobody, "1.png")
            assert shown(house, ada) == []

    def test_a_run_of_nobody_waits_for_no_writer(self, house, ada, statements):
        statements.clear()
        note(house, None, "1.png", "2.png")
        assert [each.split()[0] for each in statements] == ["BEGIN", "SELECT"]
        statements.clear()
        note(house, ada)
        assert statements == []

    def test_one_file_is_one_however_its_path_is_spelled(self, house, folder, ada, ben):
        put(folder, "castle/1.png")
        note(house, ada, "castle/1.png")
        note(house, ben, "./castle//./1.png")
        assert (shown(house, ada), shown(house, ben)) == ([], ["castle/1.png"])

    @pytest.mark.parametrize(
        "path",
        ["../secret.png", "a/../../secret.png", "..", "/etc/passwd", "", ".", "//x", "a\0b.png",
         "a\nb.png", "x" * 501],
        ids=range(10),
    )  # fmt: skip
    def test_advisory_what_is_no_plain_path_into_the_folder_is_not_noted(self, house, ada, path):
        note(house, ada, path)
        assert count_rows(house, outputs) == (0,)

    def test_one_odd_path_among_others_takes_none_of_them_along(self, house, folder, ada):
        put(folder, "1.png")
        note(house, ada, "../x", "1.png")
        assert shown(house, ada) == ["1.png"]

    def test_a_file_that_is_no_more_is_passed_over(self, house, folder, ada):
        put(folder, "1.png")
        (folder / "folder.png").mkdir()
        note(house, ada, "1.png", "gone.png", "gone/too.png", "folder.png")
        assert shown(house, ada) == ["1.png"]

    def test_advisory_links_are_not_followed_out_of_the_folder_or_to_a_file(
        self, house, folder, tmp_path, ada
    ):
        secret = put(tmp_path, "elsewhere/secret.png")
        (folder / "file.png").symlink_to(secret)
        (folder / "inside.png").symlink_to(put(folder, "bens.png"))
        (folder / "linked").symlink_to(secret.parent)
        (folder / "loop").symlink_to(folder / "loop")
        note(house, ada, "file.png", "inside.png", "linked/secret.png", "loop", "loop/x")
        assert shown(house, ada) == []

    def test_an_output_folder_that_is_itself_a_link_is_one(self, house, folder, tmp_path, ada):
        other = tmp_path / "big disk"
        folder.rename(other)
        folder.symlink_to(other)
        put(other, "1.png")
        note(house, ada, "1.png")
        assert shown(house, ada) == ["1.png"]

    async def test_where_comfyui_tells_of_no_folder_there_is_nothing(self, database, comfy, clock):
        house = House(database, comfy, clock)
        ada = await register(house)
        note(house, ada, "1.png")
        assert shown(house, ada) == []

    async def test_the_account_that_two_became_has_the_files_of_both(self, house, folder):
        ada, ben = await log_in_with_key(house, KEY), await log_in_with_key(house, OTHER_KEY)
        for who, path in ((ada, "1.png"), (ben, "2.png")):
            put(folder, path)
            note(house, who, path)
        house.credentials.forget_all(ben.account.id, HERE)
        await house.accounts.linked_key.replace(Asking(ada.account.id, HERE), OTHER_KEY, True)
        assert sorted(shown(house, ada)) == ["1.png", "2.png"]

    def test_many_runs_at_once_leave_each_file_one_owner_in_any_store(self, open_house):
        houses = [open_house(), open_house()]
        people = [
            at_once([lambda email=email: register(houses[0], email)])[0]
            for email in ("ada@example.org", BEN)
        ]

        def noting(house, who):
            async def act():
                for number in range(5):
                    note(house, who, "shared.png", f"{who.account.id}-{number}.png")

            return act

        outcomes = at_once([noting(*pair) for pair in zip(houses, people, strict=True)])
        assert {each.code for each in failures(outcomes)} <= {"already_exists", "database_busy"}
        assert count_rows(houses[0], outputs)[0] <= 11


class TestTheUserFolder:
    def name(self, house, who, comfy_user):
        return house.accounts.people.name_comfy_user(who.account.id, comfy_user, None, HERE)

    def test_the_owner_says_which_it_is(self, house, users, ada):
        assert shown(house, ada) == []
        assert self.name(house, ada, "ada").comfy_user == "ada"
        (folder,) = house.accounts.belongings.list(ada.account.id)
        assert (folder.kind, folder.path, folder.shown) == (USER_FOLDER, users / "ada", "ada")
        assert folder.size_bytes == 2
        assert shown(house, ada, [OUTPUTS]) == []
        assert actions(house)[-1] == "comfy_user_named"
        self.name(house, ada, "")
        assert shown(house, ada) == []

    @pytest.mark.parametrize(
        "name",
        ["default", "Default", "DEFAULT", "__passport", "__x", ".", "..", "../x", "a/b", "ada/",
         "/", "//", "/etc", "a\\b", "..\\x", "C:", "a\0b"],
        ids=repr,
    )  # fmt: skip
    def test_advisory_everybodys_the_systems_and_no_folder_are_refused(
        self, house, users, ada, name
    ):
        assert not is_own_folder(name)
        with pytest.raises(ComfyUserInvalidError):
            self.name(house, ada, name)
        change(house, ada, comfy_user=name)  # however it came there
        assert shown(house, ada) == []

    def test_nobody_is(self):
        assert not is_own_folder("")

    @pytest.mark.parametrize("name", ["ada", "Ada_1b2c", "ö", "a b", ".hidden", "_one"])
    def test_other_names_can_be_a_persons(self, name):
        assert is_own_folder(name)

    def test_one_folder_is_one_accounts(self, house, ada, ben):
        self.name(house, ada, "ada")
        with pytest.raises(ComfyUserInvalidError, match="another account"):
            self.name(house, ben, "ada")
        assert account_of(house, ben).comfy_user is None
        self.name(house, ada, "")
        self.name(house, ben, "ada")

    def test_of_an_account_that_there_is_none_of_nothing_is_said(self, house):
        with pytest.raises(AccountMissingError):
            house.accounts.people.name_comfy_user("nobody", "ada", None, HERE)

    def test_a_folder_that_is_a_link_or_a_file_or_gone_is_not_there(
        self, house, users, ada, tmp_path
    ):
        (users / "link").symlink_to(users / "ben")
        (users / "file").write_text("")
        for name in ("link", "file", "gone"):
            self.name(house, ada, name)
            assert shown(house, ada) == []

    @pytest.mark.skipif(os.name == "nt", reason="needs links")
    def test_what_links_in_it_lead_to_is_not_taken_along(self, house, users, ada, tmp_path):
        (users / "ada" / "others").symlink_to(users / "ben")
        self.name(house, ada, "ada")
        (folder,) = house.accounts.belongings.list(ada.account.id)
        assert isinstance(folder.path, Path)
        assert folder.size_bytes == 2


class TestSeveralMachines:
    """Each with an output folder of its own, or with one that they share."""

    @pytest.fixture
    def machine(self, open_house, tmp_path):
        """`machine("a")`: one whose output folder is that."""

        def start(name):
            (tmp_path / name).mkdir(exist_ok=True)
            facts = HostFacts(output_folder=str(tmp_path / name))
            house = open_house(host_facts=facts, database_url="set")
            put(tmp_path / name, "ComfyUI_00001_.png", name)
            return house

        return start

    async def test_a_file_of_one_name_is_one_persons_here_and_anothers_there(self, machine):
        here, there = machine("a"), machine("b")
        ada, ben = await register(here), await register(here, BEN)
        note(here, ada, "ComfyUI_00001_.png")
        note(there, ben, "ComfyUI_00001_.png")
        assert [shown(house, ada) for house in (here, there)] == [["ComfyUI_00001_.png"], []]
        assert [shown(house, ben) for house in (here, there)] == [[], ["ComfyUI_00001_.png"]]
        (mine,) = here.accounts.belongings.list(ada.account.id)
        assert mine.path.read_text() == "a"

    async def test_in_a_folder_that_they_share_it_is_one_file(self, machine):
        here, there = machine("a"), machine("a")
        ada, ben = await register(here), await register(here, BEN)
        note(here, ada, "ComfyUI_00001_.png")
        assert shown(there, ada) == ["ComfyUI_00001_.png"]
        note(there, ben, "ComfyUI_00001_.png")
        assert (shown(here, ada), shown(here, ben)) == ([], ["ComfyUI_00001_.png"])

    @pytest.mark.parametrize("mark", ["", "nonsense", "\u2603"])
    async def test_where_the_folder_has_no_name_nothing_is_anybodys(self, machine, tmp_path, mark):
        here = machine("a")
        ada = await register(here)
        (tmp_path / "a" / ".passport-folder").write_bytes(mark.encode())
        note(here, ada, "ComfyUI_00001_.png")
        assert shown(here, ada) == []
        assert count_rows(here, outputs) == (0,)
