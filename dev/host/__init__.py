"""The small host: a stand-in of the ComfyUI server, started as a process of its own."""
