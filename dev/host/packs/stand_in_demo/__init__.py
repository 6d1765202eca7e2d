"""Shows the demo graph in the stand-in: no nodes, one script for the frontend."""

NODE_CLASS_MAPPINGS: dict[str, type] = {}
WEB_DIRECTORY = "web"
