"""The host runs graphs by ComfyUI's rules: order, cache, hidden inputs, errors, growth."""

import json

import pytest
from passport.dev.fixtures import UNTRUSTED_PACKS
from passport.dev.practice import ADA, PRACTICE_KEY, demo_prompt

GRAPH_PACK = '''
class Count:
    """Says how often it ran."""
    CATEGORY, FUNCTION, RETURN_TYPES, OUTPUT_NODE = "test", "run", ("INT",), True
    runs = 0
    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"start": ("INT", {"default": 0, "min": 0, "max": 9})}}
    def run(self, start):
        type(self).runs += 1
        return {"ui": {"text": [f"run {self.runs}"]}, "result": (start + self.runs,)}

class Texts:
    """Gives a list, one run of the next node for each item."""
    CATEGORY, FUNCTION, RETURN_TYPES = "test", "run", ("STRING",)
    OUTPUT_IS_LIST = (True,)
    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {}, "optional": {"number": ("INT", {"forceInput": True})}}
    def run(self, number=0):
        return (["a", "b", str(number)],)

class Sleeper:
    CATEGORY, FUNCTION, RETURN_TYPES, OUTPUT_NODE = "test", "run", (), True
    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"seconds": ("FLOAT", {"default": 1})}}
    def run(self, seconds):
        import time, comfy.utils
        bar = comfy.utils.ProgressBar(100)
        for _ in range(100):
            time.sleep(seconds / 100)
            bar.update(1)
        return ()

NODE_CLASS_MAPPINGS = {"Count": Count, "Texts": Texts, "Sleeper": Sleeper}
'''


@pytest.fixture
def graph_packs(tmp_path):
    pack = tmp_path / "packs" / "graph_pack"
    pack.mkdir(parents=True)
    (pack / "__init__.py").write_text(GRAPH_PACK, encoding="utf-8")
    return tmp_path / "packs"


@pytest.fixture
def host(start_host, graph_packs):
    return start_host(extension=None, custom_nodes=[graph_packs, UNTRUSTED_PACKS])


def messages(entry):
    return dict(entry["status"]["messages"])


def node(class_type, **inputs):
    return {"class_type": class_type, "inputs": inputs}


@pytest.mark.parametrize("class_type", ["PracticeApiNode", "PracticeApiNodeV3"])
def test_an_api_node_runs_with_the_key_of_extra_data(host, class_type):
    prompt = demo_prompt()
    prompt["1"]["class_type"] = class_type
    entry = host.run_prompt(prompt, extra_data={"api_key_comfy_org": PRACTICE_KEY})
    assert entry["status"]["status_str"] == "success"
    assert ADA.name in entry["outputs"]["1"]["text"][0]


@pytest.mark.parametrize("class_type", ["PracticeApiNode", "PracticeApiNodeV3"])
def test_an_api_node_without_a_credential_says_what_comfyui_says(host, class_type):
    prompt = demo_prompt()
    prompt["1"]["class_type"] = class_type
    error = messages(host.run_prompt(prompt))["execution_error"]
    assert error["exception_message"].startswith("Unauthorized: Please login first")
    assert (error["node_id"], error["exception_type"]) == ("1", "Exception")


def test_a_token_wins_over_a_key(host, comfy_api):
    extra_data = {"auth_token_comfy_org": "no-good", "api_key_comfy_org": PRACTICE_KEY}
    entry = host.run_prompt(demo_prompt(), extra_data=extra_data)
    assert entry["status"]["status_str"] == "error"
    assert comfy_api.api.calls[-1].authorization == "Bearer no-good"


def test_an_unchanged_node_is_not_run_again_and_an_api_node_is(host, comfy_api):
    prompt = {"1": node("Count", start=0), "2": demo_prompt()["1"]}
    extra_data = {"api_key_comfy_org": PRACTICE_KEY}
    host.run_prompt(prompt, extra_data=extra_data)
    again = host.run_prompt(prompt, extra_data=extra_data)
    assert messages(again)["execution_cached"]["nodes"] == ["1"]
    assert again["outputs"]["1"]["text"] == ["run 1"]
    assert comfy_api.api.count("/proxy/practice/answers") == 2


def test_a_changed_input_makes_all_below_it_run_again(host):
    def prompt(start):
        return {"1": node("Count", start=start), "2": node("Texts", number=["1", 0]),
                "3": node("PracticeShowText", text=["2", 0])}  # fmt: skip

    assert host.run_prompt(prompt(1))["outputs"]["3"]["text"] == ["a", "b", "2"]
    assert messages(host.run_prompt(prompt(1)))["execution_cached"]["nodes"] == ["1", "2", "3"]
    assert host.run_prompt(prompt(2))["outputs"]["3"]["text"] == ["a", "b", "4"]


def test_a_node_can_grow_into_others(host):
    entry = host.run_prompt({"1": node("UntrustedGrows")})
    assert entry["outputs"]["1.0.0.1"]["text"] == ["got no credential"]
    assert entry["meta"]["1.0.0.1"]["real_node_id"] == "1"


def test_an_error_shows_the_inputs_hidden_ones_too(host):
    extra_data = {"api_key_comfy_org": "comfyui-canary"}
    entry = host.run_prompt({"1": node("UntrustedRaises")}, extra_data=extra_data)
    error = messages(entry)["execution_error"]
    assert error["current_inputs"]["api_key"] == ["comfyui-canary"]
    assert error["exception_type"] == "RuntimeError"


def test_a_running_prompt_can_be_interrupted(host):
    sent = host.post_json("/prompt", {"prompt": {"1": node("Sleeper", seconds=20)}})
    while not host.get_json("/queue")["queue_running"]:
        pass
    assert host.post_json(f"/api/jobs/{sent['prompt_id']}/cancel", {}) == {"cancelled": True}
    quick = host.run_prompt({"1": node("PracticeShowText", text="next")})
    assert quick["status"]["completed"]
    assert host.get_json(f"/api/jobs/{sent['prompt_id']}")["status"] == "cancelled"


@pytest.mark.parametrize("old_leaks", [False, True])
def test_keys_stay_in_queue_and_history_only_as_in_old_versions(start_host, graph_packs, old_leaks):
    host = start_host(extension=None, custom_nodes=[graph_packs], old_leaks=old_leaks)
    extra_data = {"api_key_comfy_org": "comfyui-canary"}
    prompt = {"1": node("Sleeper", seconds=1)}
    sent = host.post_json("/prompt", {"prompt": prompt, "extra_data": extra_data})
    while not host.get_json("/queue")["queue_running"]:
        pass
    seen = json.dumps(host.get_json("/queue"))
    while not host.get_json(f"/history/{sent['prompt_id']}"):
        pass
    seen += json.dumps(host.get_json("/history"))
    assert ("comfyui-canary" in seen) is old_leaks


@pytest.mark.parametrize("old_leaks", [False, True])
def test_the_log_of_calls_masks_the_key_only_in_newer_versions(start_host, old_leaks):
    host = start_host(extension=None, old_leaks=old_leaks)
    host.run_prompt(demo_prompt(), extra_data={"api_key_comfy_org": PRACTICE_KEY})
    logs = list((host.options.data_folder / "temp" / "api_logs").glob("*.log"))
    assert len(logs) == 1
    assert (PRACTICE_KEY in logs[0].read_text(encoding="utf-8")) is old_leaks
