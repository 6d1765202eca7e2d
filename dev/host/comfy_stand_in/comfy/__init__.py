"""Part of the stand-in; named as in ComfyUI."""
