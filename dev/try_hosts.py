"""What `try` starts for its options: the stand-in, or a real ComfyUI."""

import socket
from argparse import Namespace
from collections.abc import Iterator, Mapping
from pathlib import Path

from .data_folder import ready_data_folder
from .environment import Missing
from .frontend_package import ready_frontend
from .host.process import HostOptions, HostProcess, PortTaken, free_port
from .real_comfyui import RealComfyUI, python_of_comfyui, surrounding_comfyui
from .try_options import DEFAULT_PORT

PORTS_TRIED = 100


def chosen_comfyui(options: Namespace) -> Path | None:
    """The ComfyUI to start instead of the stand-in, or None."""
    if options.stand_in:
        return None
    return options.comfyui.absolute() if options.comfyui else surrounding_comfyui()


def _can_listen(address: str, port: int) -> bool:
    is_ipv6 = ":" in address
    with socket.socket(socket.AF_INET6 if is_ipv6 else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True


def free_ports(listen: str, asked: int | None) -> Iterator[int]:
    """Ports to try: the one that was asked for, or the default one and those after it."""
    if asked == 0:
        yield free_port()
        return
    first = DEFAULT_PORT if asked is None else asked
    for port in range(first, first + (PORTS_TRIED if asked is None else 1)):
        if all(_can_listen(address, port) for address in listen.split(",")):
            yield port


def no_port(asked: int | None) -> Missing:
    wanted = asked or f"{DEFAULT_PORT} and the {PORTS_TRIED} after it"
    return Missing(f"Port {wanted} is taken: choose another by --port N (0: any free one).")


def start_stand_in(
    options: Namespace, python: Path, service_url: str, settings: Mapping[str, str]
) -> HostProcess:
    frontend = ready_frontend(python, options.frontend)
    data = ready_data_folder(options.data, options.fresh, frontend.version)
    for port in free_ports(options.listen, options.port):
        host = HostProcess(
            HostOptions(
                data_folder=data,
                static_folder=frontend.static_folder,
                service_url=service_url,
                port=port,
                listen=options.listen,
                verbose=options.verbose,
                old_leaks=options.old_leaks,
                custom_nodes=[folder.absolute() for folder in options.custom_nodes],
                environment=settings,
                python=python,
            )
        )
        try:
            host.start()
        except PortTaken:
            continue
        return host
    raise no_port(options.port)


def start_comfyui(
    options: Namespace,
    comfyui: Path,
    python: Path,
    service_url: str | None,
    settings: Mapping[str, str],
) -> RealComfyUI:
    frontend = ready_frontend(python, options.frontend) if options.frontend else None
    version = frontend.version if frontend else "1.49.6"
    port = next(free_ports(options.listen, options.port), None)
    if port is None:
        raise no_port(options.port)
    host = RealComfyUI(
        folder=comfyui,
        python=options.python or python_of_comfyui(comfyui),
        data_folder=ready_data_folder(options.data, options.fresh, version),
        service_url=service_url,
        listen=options.listen,
        port=port,
        verbose=options.verbose,
        static_folder=frontend.static_folder if frontend else None,
        arguments=options.comfyui_arguments,
        custom_nodes=[folder.absolute() for folder in options.custom_nodes],
        settings=settings,
    )
    host.start()
    return host
