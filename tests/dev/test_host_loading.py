"""Packs are loaded by ComfyUI's rules, and a broken one stops nothing."""

import pytest

BROKEN = "raise RuntimeError('broken on purpose')\n"
NOTHING = "x = 1\n"
NAMES = """
import server
seen = {"name": __name__, "instance": server.PromptServer.instance}
server.PromptServer.instance.routes
from aiohttp import web

@server.PromptServer.instance.routes.get("/names")
async def names(_):
    middlewares = [m.__name__ for m in server.PromptServer.instance.app.middlewares]
    return web.json_response({"name": __name__, "middlewares": middlewares})

class Plain:
    CATEGORY, FUNCTION, RETURN_TYPES = "test", "run", ()
    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {}}

NODE_CLASS_MAPPINGS = {"Plain": Plain}
WEB_DIRECTORY = "./web"
"""


@pytest.fixture
def packs(tmp_path):
    folder = tmp_path / "some packs"
    for name, source in {"broken": BROKEN, "nothing": NOTHING, "na.mes": NAMES}.items():
        (folder / name / "web").mkdir(parents=True)
        (folder / name / "__init__.py").write_text(source, encoding="utf-8")
        (folder / name / "web" / "a.js").write_text("", encoding="utf-8")
    (folder / "na.mes" / "locales" / "en").mkdir(parents=True)
    (folder / "na.mes" / "locales" / "en" / "settings.json").write_text('{"A": {"name": "b"}}')
    return folder


@pytest.fixture
def host(start_host, packs):
    return start_host(extension=None, custom_nodes=[packs])


def test_a_pack_that_fails_is_named_and_the_server_runs(host):
    log = host.log_text()
    assert "Cannot import" in log
    assert log.count("(IMPORT FAILED)") == 2
    assert "broken on purpose" in log


def test_the_module_name_is_the_path_with_dots_replaced(host, packs):
    expected = str(packs / "na.mes").replace(".", "_x_")
    assert host.get_json("/names")["name"] == expected
    assert host.get_json("/api/names")["name"] == expected


def test_the_middlewares_stand_in_comfyuis_order(host):
    order = ["cache_control", "deprecation_warning", "origin_only_middleware"]
    assert host.get_json("/names")["middlewares"] == order


def test_nodes_scripts_and_texts_of_a_pack_are_served(host):
    assert host.get_json("/object_info/Plain")["Plain"]["python_module"] == "custom_nodes.na.mes"
    assert "/extensions/na.mes/a.js" in host.get_json("/extensions")
    assert host.get_json("/i18n") == {"en": {"settings": {"A": {"name": "b"}}}}


def test_the_practice_nodes_count_as_comfyuis_own(host):
    info = host.get_json("/object_info")
    assert info["PracticeApiNode"]["python_module"] == "comfy_api_nodes.nodes_practice"
    assert info["PracticeApiNode"]["api_node"] is True
    assert info["PracticeApiNodeV3"]["api_node"] is True


def test_passport_is_loaded_from_the_checkout(start_host):
    host = start_host()
    assert "(IMPORT FAILED)" not in host.log_text()
    assert "signed_in" in host.get_json("/passport/status")
