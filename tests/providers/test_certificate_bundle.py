"""A company's certificates are trusted besides the system's, and by nobody who did not say so."""

from __future__ import annotations

import ssl

import pytest
from aiohttp import web
from passport.errors import SettingsError
from passport.providers.certificate_bundle import make_tls_context
from passport.providers.errors import ServiceUnreachableError
from passport.providers.http_client import HttpClient


async def handle(_):
    return web.json_response({"id": "x"})


async def test_a_server_with_a_certificate_of_the_company(serve, company_server, company_bundle):
    base = await serve(handle, company_server)
    client = HttpClient(timeout_seconds=5, ca_bundle=str(company_bundle))

    assert (await client.ask("GET", base, {})).body == {"id": "x"}
    assert (await client.probe(base)).cause is None


async def test_without_the_bundle_it_is_not_trusted(client, serve, company_server):
    with pytest.raises(ServiceUnreachableError) as caught:
        await client.ask("GET", await serve(handle, company_server), {})
    assert caught.value.cause == "tls"


async def test_the_bundle_vouches_for_nobody_else(serve, self_signed, company_bundle):
    client = HttpClient(timeout_seconds=5, ca_bundle=str(company_bundle))
    with pytest.raises(ServiceUnreachableError) as caught:
        await client.ask("GET", await serve(handle, self_signed), {})
    assert caught.value.cause == "tls"


async def test_the_bundle_vouches_for_no_other_name(serve, company_server, company_bundle):
    base = (await serve(handle, company_server)).replace("127.0.0.1", "localhost")
    client = HttpClient(timeout_seconds=5, ca_bundle=str(company_bundle))
    assert (await client.probe(base)).cause == "tls"


def test_the_system_is_trusted_as_before(company_bundle):
    system = {cert["serialNumber"] for cert in ssl.create_default_context().get_ca_certs()}
    context = make_tls_context(str(company_bundle))
    trusted = {cert["serialNumber"] for cert in context.get_ca_certs()}
    assert system < trusted
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname is True


@pytest.mark.parametrize("content", ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n"])
def test_a_file_without_certificates_is_told_at_once(tmp_path, content):
    file = tmp_path / "bundle.pem"
    file.write_text(content)
    with pytest.raises(SettingsError, match=r"ca_bundle: .*bundle\.pem holds no certificates\."):
        HttpClient(ca_bundle=str(file))


def test_a_file_that_is_not_there_is_told_at_once(tmp_path):
    with pytest.raises(SettingsError, match=r"cannot be read: No such file or directory\."):
        HttpClient(ca_bundle=str(tmp_path / "missing.pem"))
    with pytest.raises(SettingsError, match=r"cannot be read: "):
        HttpClient(ca_bundle="a\0b")
    with pytest.raises(SettingsError, match=r"ca_bundle"):
        HttpClient(ca_bundle=str(tmp_path))
