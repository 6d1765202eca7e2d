"""All that knows ComfyUI: where it keeps data, how it runs a prompt, what it would let leak."""
