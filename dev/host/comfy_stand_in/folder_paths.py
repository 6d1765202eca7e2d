"""Where things lie. The base is this folder, as ComfyUI's is its own source folder."""

import os
from pathlib import Path

from comfy.cli_args import args

SYSTEM_USER_PREFIX = "__"
MODEL_FOLDERS = (
    "checkpoints",
    "clip_vision",
    "configs",
    "controlnet",
    "diffusion_models",
    "embeddings",
    "hypernetworks",
    "loras",
    "text_encoders",
    "upscale_models",
    "vae",
)

base_path = os.path.dirname(os.path.realpath(__file__))  # noqa: PTH120  (str, as in ComfyUI)
models_dir = str(Path(base_path, "models"))


def _folder(option: str | None, name: str) -> str:
    return str(Path(option).absolute()) if option else str(Path(base_path, name))


output_directory = _folder(args.output_directory, "output")
input_directory = _folder(args.input_directory, "input")
user_directory = _folder(args.user_directory, "user")
temp_directory = str(Path(_folder(args.temp_directory, ""), "temp"))

folder_names_and_paths: dict[str, tuple[list[str], set[str]]] = {
    name: ([str(Path(models_dir, name))], {".safetensors"}) for name in MODEL_FOLDERS
}
folder_names_and_paths["custom_nodes"] = (
    [str(Path(folder).absolute()) for folder in args.stand_in_custom_nodes],
    set(),
)


def get_output_directory() -> str:
    return output_directory


def get_temp_directory() -> str:
    return temp_directory


def get_input_directory() -> str:
    return input_directory


def get_user_directory() -> str:
    return user_directory


def get_directory_by_type(type_name: str) -> str | None:
    known = {"output": output_directory, "temp": temp_directory, "input": input_directory}
    return known.get(type_name)


def get_system_user_directory(name: str = "system") -> str:
    """Folder of an extension's own data, out of HTTP's reach (ComfyUI 0.3.76 and newer)."""
    if not name or not name.replace("_", "").isalnum() or name.startswith("_"):
        raise ValueError(f"not a name for a system user folder: {name!r}")
    return str(Path(user_directory, SYSTEM_USER_PREFIX + name))


def get_public_user_directory(user_id: str) -> str | None:
    """Folder of a user that HTTP serves; None for the folders that it must not serve."""
    if not user_id or user_id.startswith(SYSTEM_USER_PREFIX):
        return None
    return str(Path(user_directory, user_id))


if args.stand_in_old_leaks:
    del get_system_user_directory, get_public_user_directory


def get_folder_paths(folder_name: str) -> list[str]:
    return folder_names_and_paths[folder_name][0][:]


def get_filename_list(folder_name: str) -> list[str]:
    folders, endings = folder_names_and_paths[folder_name]
    return sorted(
        path.relative_to(folder).as_posix()
        for folder in folders
        for path in Path(folder).rglob("*")
        if path.suffix in endings
    )


def get_full_path(folder_name: str, filename: str) -> str | None:
    for folder in folder_names_and_paths[folder_name][0]:
        candidate = Path(folder, filename)
        if candidate.is_file():
            return str(candidate)
    return None
