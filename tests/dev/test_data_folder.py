"""A data folder is furnished once, kept, and emptied only when it is ours."""

import json

import pytest
from passport.dev.data_folder import MARK, ready_data_folder
from passport.dev.environment import Missing


def test_a_new_folder_gets_the_demo_graph_and_quiet_settings(tmp_path):
    folder = ready_data_folder(tmp_path / "new", fresh=False, frontend_version="1.58.1")
    graph = json.loads((folder / "user/default/workflows/Practice.json").read_text())
    assert graph["nodes"][0]["type"] == "PracticeApiNode"
    assert (folder / MARK).is_file()


def test_what_is_there_is_kept(tmp_path):
    folder = ready_data_folder(tmp_path / "new", fresh=False, frontend_version="1")
    (folder / "kept").write_text("")
    ready_data_folder(folder, fresh=False, frontend_version="1")
    assert (folder / "kept").is_file()


def test_fresh_empties_a_folder_of_ours_and_follows_no_link(tmp_path):
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "work").write_text("")
    folder = ready_data_folder(tmp_path / "new", fresh=False, frontend_version="1")
    (folder / "old").write_text("")
    (folder / "link").symlink_to(precious)
    ready_data_folder(folder, fresh=True, frontend_version="1")
    assert not (folder / "old").exists()
    assert not (folder / "link").is_symlink()
    assert (precious / "work").is_file()


def test_fresh_does_not_empty_a_folder_of_others(tmp_path):
    (tmp_path / "photo.png").write_text("")
    with pytest.raises(Missing, match="will not empty"):
        ready_data_folder(tmp_path, fresh=True, frontend_version="1")
    assert (tmp_path / "photo.png").is_file()


def test_a_file_in_its_place_is_said_in_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(Missing, match="cannot be used"):
        ready_data_folder(tmp_path / "file", fresh=False, frontend_version="1")
