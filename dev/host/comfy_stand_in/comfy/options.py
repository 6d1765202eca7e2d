"""Whether the command line is read; off when a test only imports the modules."""

args_parsing = False


def enable_args_parsing(enable: bool = True) -> None:
    global args_parsing  # noqa: PLW0603  (the switch is a module variable in ComfyUI, too)
    args_parsing = enable
