"""The practice API node in V3 form."""

import uuid
from typing import Any

from comfy_api.latest import UI, ComfyExtension, io
from comfy_api_nodes.util.client import auth_headers, call_service

ANSWERS = ["normal", "401 unauthorized", "500 server error"]


class PracticeApiNodeV3(io.ComfyNode):
    """Stands for the API nodes of newer ComfyUI versions. The service it calls is a fake one."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PracticeApiNodeV3",
            display_name="Practice API Node (V3)",
            category="api node/practice",
            description="Practice: asks a fake of api.comfy.org and shows its answer.",
            inputs=[
                io.String.Input("prompt", multiline=True, default="Who am I?"),
                io.Combo.Input("service_answer", options=ANSWERS, default=ANSWERS[0]),
                io.Int.Input("seed", default=0, min=0, max=2**31 - 1),
            ],
            outputs=[io.String.Output(display_name="answer")],
            is_api_node=True,
            is_output_node=True,
        )

    @classmethod
    def fingerprint_inputs(cls, **_inputs: Any) -> str:
        return uuid.uuid4().hex

    @classmethod
    async def execute(  # pyright: ignore[reportIncompatibleMethodOverride]
        cls, prompt: str, service_answer: str, seed: int
    ) -> io.NodeOutput:
        body = {"prompt": prompt, "service_answer": service_answer, "seed": seed}
        headers = auth_headers(cls.hidden.auth_token_comfy_org, cls.hidden.api_key_comfy_org)
        answer = await call_service("/proxy/practice/answers", body, headers)
        return io.NodeOutput(answer["text"], ui=UI.PreviewText(answer["text"]))


class PracticeExtension(ComfyExtension):
    async def get_node_list(self) -> list[type[io.ComfyNode]]:
        return [PracticeApiNodeV3]


async def comfy_entrypoint() -> PracticeExtension:
    return PracticeExtension()
