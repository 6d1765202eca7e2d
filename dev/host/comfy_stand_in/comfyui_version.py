"""The ComfyUI version this stand-in answers for."""

from comfy.cli_args import args

__version__ = "0.3.34" if args.stand_in_old_leaks else "0.33.0"
