"""On which port the host starts when somebody was quicker."""

import socket

import pytest
from passport.dev.host import process
from passport.dev.host.process import PortTaken


@pytest.fixture
def taken():
    with socket.create_server(("127.0.0.1", 0)) as somebody:
        yield somebody.getsockname()[1]


def test_a_port_that_is_taken_meanwhile_is_exchanged_for_another(start_host, taken, monkeypatch):
    ports = iter([taken, process.free_port()])
    monkeypatch.setattr(process, "free_port", lambda: next(ports))
    host = start_host()
    assert host.port != taken
    assert host.get_json("/system_stats")


def test_a_wanted_port_that_is_taken_is_said(start_host, taken):
    with pytest.raises(PortTaken, match=str(taken)):
        start_host(port=taken)
