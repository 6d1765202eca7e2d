"""Everything for trying and testing Passport without ComfyUI. Nothing here ships or runs there."""
