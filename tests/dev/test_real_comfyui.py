"""Starting a real ComfyUI: found where it stands, and left alone where it lacks something."""

import json
import sys
from pathlib import Path

import pytest
from passport.dev import real_comfyui
from passport.dev.environment import ROOT, Missing
from passport.dev.real_comfyui import RealComfyUI, python_of_comfyui, surrounding_comfyui


@pytest.fixture
def comfyui(tmp_path):
    folder = tmp_path / "ComfyUI"
    (folder / "custom_nodes").mkdir(parents=True)
    for name in ("main.py", "folder_paths.py"):
        (folder / name).write_text("", encoding="utf-8")
    return folder


@pytest.fixture
def run(comfyui, tmp_path):
    (tmp_path / "data").mkdir()
    return RealComfyUI(
        folder=comfyui,
        python=Path(sys.executable),
        data_folder=tmp_path / "data",
        service_url="http://127.0.0.1:9",
        listen="127.0.0.1",
        port=8188,
        verbose="INFO",
        static_folder=None,
        arguments=["--cpu"],
        custom_nodes=[tmp_path / "more"],
    )


def test_a_checkout_in_custom_nodes_stands_in_a_comfyui(comfyui, monkeypatch):
    assert surrounding_comfyui() is None or ROOT.parent.name == "custom_nodes"
    monkeypatch.setattr(real_comfyui, "ROOT", comfyui / "custom_nodes" / "ComfyUI-Passport")
    assert surrounding_comfyui() == comfyui


def test_its_own_python_is_taken_when_it_has_one(comfyui):
    assert python_of_comfyui(comfyui) == Path(sys.executable)
    program = comfyui / "venv" / "bin" / "python"
    program.parent.mkdir(parents=True)
    program.write_text("", encoding="utf-8")
    assert python_of_comfyui(comfyui) == program


def test_it_gets_the_fake_service_and_folders_of_its_own(run, tmp_path):
    command = run._command()
    assert command[command.index("--comfy-api-base") + 1] == "http://127.0.0.1:9"
    assert command[command.index("--user-directory") + 1] == str(tmp_path / "data" / "user")
    assert command[-1] == "--cpu"


def test_the_checkout_is_added_when_it_is_not_in_its_custom_nodes(run, comfyui, tmp_path):
    run._command()
    extra = json.loads((tmp_path / "data" / "extra_model_paths.yaml").read_text())
    folders = extra["passport"]["custom_nodes"].split("\n")
    assert folders == [str(tmp_path / "more"), str(tmp_path / "data" / "custom_nodes")]
    (comfyui / "custom_nodes" / "passport").symlink_to(ROOT)
    run.custom_nodes = []
    assert "--extra-model-paths-config" not in run._command()


def test_a_package_that_its_python_lacks_is_said_in_one_line(monkeypatch):
    monkeypatch.setattr(real_comfyui, "runtime_requirements", lambda: ["no-such-package>=1"])
    with pytest.raises(Missing, match=r"lacks no-such-package: run .* -m pip install -r"):
        real_comfyui._require_packages(Path(sys.executable))


def test_a_folder_without_comfyui_is_said_in_one_line(run, tmp_path):
    run.folder = tmp_path
    with pytest.raises(Missing, match=r"main\.py is missing"):
        run.start()
