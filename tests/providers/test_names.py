"""Names are looked up as everywhere, and a dead name server holds up nobody else."""

from __future__ import annotations

import asyncio
import socket
import threading

import pytest
from passport.providers.http_client import HttpClient
from passport.providers.names import NameResolver


async def test_a_name_has_its_addresses():
    found = await NameResolver().resolve("localhost", 443, socket.AF_INET)
    assert [(item["hostname"], item["host"], item["port"]) for item in found] == [
        ("localhost", "127.0.0.1", 443)
    ]
    assert found[0]["family"] == socket.AF_INET


async def test_a_name_that_is_none():
    with pytest.raises(socket.gaierror):
        await NameResolver().resolve("no-such-host.invalid")


async def test_an_address_of_the_link_keeps_its_interface(monkeypatch):
    answer = (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("fe80::1", 443, 0, 2))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: [answer])
    assert (await NameResolver().resolve("printer.local"))[0]["host"] == "fe80::1%2"


async def test_a_dead_name_server_does_not_use_up_the_threads_of_comfyui(monkeypatch):
    monkeypatch.setattr("passport.providers.http_client.PROBE_TIMEOUT_SECONDS", 0.2)
    hanging, let_go = [], threading.Event()

    def hang(*_):
        hanging.append(threading.current_thread())
        let_go.wait(10)
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    client = HttpClient()
    probes = await asyncio.gather(*(client.probe(f"https://{n}.example") for n in range(40)))
    assert {probe.cause for probe in probes} == {"timeout"}
    assert len(hanging) == 40

    assert await asyncio.wait_for(asyncio.to_thread(lambda: "free"), 5) == "free"
    let_go.set()
    for thread in hanging:
        thread.join()
