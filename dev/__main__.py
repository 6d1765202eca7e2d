"""python3 dev try: Passport in a small stand-in of ComfyUI. python3 dev test: all checks."""

import importlib
import os
import sys
import types

USAGE = """usage: python3 dev COMMAND [options]

  try     start a small stand-in of ComfyUI with Passport in it, and open the browser
  test    run every check and test; arguments go to pytest
  tables  write the pages of docs/ that are made of the security tests
  openapi print the OpenAPI description of our routes
  sbom    print the packages that Passport runs with (CycloneDX)

`python3 dev try --help` lists the options."""
COMMANDS = {
    "try": "try_command",
    "test": "test_command",
    "tables": "tables_command",
    "openapi": "print_command",
    "sbom": "print_command",
    "fake-service": "fakes.comfy_api_process",
}
OLDEST_PYTHON = (3, 10)


def _package() -> str:
    """Make this folder a package by a fixed name, whatever it and its parents are called."""
    name = "passport_dev"
    here = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120  (a link stays one)
    package = types.ModuleType(name)
    package.__path__ = [here]
    sys.modules[name] = package
    sys.path = [entry for entry in sys.path if os.path.abspath(entry) != here]  # noqa: PTH100
    return name


def main() -> int:
    if sys.version_info < OLDEST_PYTHON:
        print("Python 3.10 or newer is needed; this is " + sys.version.split()[0], file=sys.stderr)
        return 2
    command = COMMANDS.get(sys.argv[1]) if len(sys.argv) > 1 else None
    if command is None:
        asked_for_help = sys.argv[1:2] in (["-h"], ["--help"])
        print(USAGE, file=sys.stdout if asked_for_help else sys.stderr)
        return 0 if asked_for_help else 2
    module = importlib.import_module(f"{_package()}.{command}")
    sys.argv = [f"dev {sys.argv[1]}", *sys.argv[2:]]
    return module.main()


if __name__ == "__main__":
    raise SystemExit(main())
