"""A node that wants nothing itself and grows into one of another pack, which does."""
# ruff: noqa: N802  (ComfyUI's names)


class Grows:
    CATEGORY, FUNCTION, OUTPUT_NODE, RETURN_TYPES = "test", "grow", True, ("STRING",)

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"into": ("STRING", {})}, "hidden": {"unique_id": "UNIQUE_ID"}}

    @classmethod
    def IS_CHANGED(cls, **_):
        return float("nan")

    def grow(self, into, unique_id):
        grown = f"{unique_id}.0.0.1"
        return {
            "expand": {grown: {"class_type": into, "inputs": {}}},
            "result": ([grown, 0],),
        }


NODE_CLASS_MAPPINGS = {"Grows": Grows}
