"""Mail on real connections: what arrives, how sending can end, and what no trace of it shows."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import re
import socket
import time
import traceback

import pytest
from aiosmtpd.smtp import SMTP
from passport.errors import SettingsError
from passport.providers import mail, smtp
from passport.providers.errors import MailNotSentError
from passport.providers.mail import MESSAGES, Letter, MailServer
from passport.providers.smtp_dialog import Deadline
from passport.secret import Secret
from passport.tests.backend.clock import SettableClock
from passport.tests.providers.mail_peers import PASSWORD, USER, Authority, Inbox

ADA = "ada@example.org"
TOKEN = "canary-token-in-the-letter"
LETTER = Letter(ADA, "Hello", f"Dear Ada,\n\n{TOKEN}\n", f"<p>Dear Ada, {TOKEN}</p>")
ENCRYPTED = ("starttls", "tls")


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture(scope="session")
def authority(tmp_path_factory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def trusted(authority, monkeypatch) -> Authority:
    """This machine trusts the authority."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    return authority


@pytest.fixture
async def run_server(inbox, listening):
    """`await run_server(security, context)`: the settings of a real server that fills the inbox."""

    async def start(security="none", context=None, **options) -> MailServer:
        def make() -> SMTP:
            tls = context if security == "starttls" else None
            return SMTP(inbox, tls_context=tls, hostname="mx", loop=loop,
                        authenticator=inbox.authenticate, **options)  # fmt: skip

        loop = asyncio.get_running_loop()
        implicit = context if security == "tls" else None
        server = await loop.create_server(make, "127.0.0.1", 0, ssl=implicit)
        listening.append(server)
        return make_server(server.sockets[0].getsockname()[1], security=security)

    return start


@pytest.fixture
async def listening():
    servers: list[asyncio.Server] = []
    yield servers
    for server in servers:
        server.close()
    await asyncio.sleep(0.01)  # let go of the connections


def make_server(port: int, **changes) -> MailServer:
    settings = {
        "host": "localhost",
        "port": port,
        "security": "none",
        "sender": "Studio <comfy@example.org>",
        "timeout_seconds": 5,
        "deadline_seconds": 10,
    }
    return MailServer(**{**settings, **changes})


def with_log_in(server: MailServer, password: str = PASSWORD) -> MailServer:
    return dataclasses.replace(server, user=USER, password=Secret(password))


async def send(server: MailServer, letter: Letter = LETTER) -> None:
    await asyncio.to_thread(server.send, letter)


async def problem_of(server: MailServer, letter: Letter = LETTER) -> MailNotSentError:
    with pytest.raises(MailNotSentError) as caught:
        await send(server, letter)
    error = caught.value
    assert error.details["cause"] == error.cause
    assert error.cause in MESSAGES
    written = "".join(traceback.format_exception(error)) + repr(error.details) + repr(server)
    link: BaseException | None = error
    while link is not None:
        written += repr(link) + repr(vars(link))
        link = link.__cause__ or link.__context__
    for secret in (PASSWORD, TOKEN, "Y2FuYXJ5", "canary"):
        assert secret not in written
    return error


def content_of(part) -> str:
    return part.get_content().replace("\r\n", "\n")


# --- what arrives --------------------------------------------------------------------------------


async def test_a_letter_arrives_as_text_and_html_with_all_its_headers(inbox, run_server):
    server = await run_server()
    server.clock = SettableClock()
    await send(server)
    (message,) = inbox.messages
    assert inbox.senders == ["comfy@example.org"]
    assert inbox.recipients == [ADA]
    assert message["From"] == "Studio <comfy@example.org>"
    assert message["To"] == ADA
    assert message["Subject"] == "Hello"
    assert message["Date"] == "Mon, 23 Nov 2026 02:00:00 +0000"
    assert re.fullmatch(r"<[^<>@\s]+@example\.org>", message["Message-ID"])
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content_type() == "multipart/alternative"
    text, html = message.iter_parts()
    assert content_of(text) == LETTER.text
    assert html.get_content_type() == "text/html"
    assert content_of(html).strip() == LETTER.html


async def test_every_letter_has_an_id_of_its_own(inbox, run_server):
    server = await run_server()
    await send(server)
    await send(server)
    assert len({message["Message-ID"] for message in inbox.messages}) == 2


@pytest.mark.parametrize("length", [0, 2000])
async def test_text_beyond_ascii_travels_in_seven_bits(inbox, run_server, length):
    letter = Letter(ADA, "Grüße ☃", "Grüße ☃" + "x" * length, f"<p>☃{'x' * length}</p>")
    await send(await run_server(decode_data=False), letter)
    assert inbox.raw[0].isascii()
    assert max(len(line) for line in inbox.raw[0].splitlines()) < 998
    assert inbox.messages[0]["Subject"] == letter.subject
    text, html = inbox.messages[0].iter_parts()
    assert content_of(text).strip() == letter.text
    assert content_of(html).strip() == letter.html


async def test_a_line_with_a_dot_alone_does_not_end_the_letter(inbox, run_server):
    text = "before\n.\nMAIL FROM:<evil@example.org>\n..\nafter\n"
    await send(await run_server(), dataclasses.replace(LETTER, text=text))
    assert content_of(next(inbox.messages[0].iter_parts())) == text
    assert len(inbox.messages) == 1


async def test_advisory_only_whole_line_ends_leave_us(inbox, run_server):
    """A bare CR or LF lets some servers see two letters in one (SMTP smuggling)."""
    letter = dataclasses.replace(LETTER, text="a\r.\rMAIL\n.\nb\r\n.\r\nc", html="<p>\r.\n</p>")
    await send(await run_server(), letter)
    assert re.search(rb"(?<!\r)\n|\r(?!\n)", inbox.raw[0]) is None
    assert len(inbox.messages) == 1


@pytest.mark.asvs("12.3.1")
@pytest.mark.parametrize("security", ENCRYPTED)
async def test_mail_travels_encrypted_to_a_server_that_proves_its_name(
    inbox, run_server, trusted, security
):
    server = await run_server(security, trusted.issue("localhost"))
    await send(server)
    assert len(inbox.messages) == 1
    assert security == "tls" or inbox.encrypted == [True]


@pytest.mark.parametrize("security", ENCRYPTED)
@pytest.mark.parametrize("without", [(), ("PLAIN",)], ids=["plain", "login"])
async def test_it_logs_in_with_any_password(inbox, run_server, trusted, security, without):
    context = trusted.issue("localhost")
    options = {"auth_require_tls": security == "starttls", "auth_exclude_mechanism": without}
    server = await run_server(security, context, **options)
    await send(with_log_in(server))
    assert inbox.logins == ["LOGIN" if without else "PLAIN"]
    assert len(inbox.messages) == 1


async def test_on_this_machine_it_logs_in_without_encryption(inbox, run_server):
    await send(with_log_in(await run_server(auth_require_tls=False)))
    assert inbox.logins == ["PLAIN"]


async def test_without_a_sender_the_user_is_the_sender(inbox, run_server):
    server = await run_server(auth_require_tls=False)
    await send(dataclasses.replace(with_log_in(server), sender=""))
    assert inbox.messages[0]["From"] == USER


# --- addresses -----------------------------------------------------------------------------------


async def test_a_domain_beyond_ascii_is_written_as_dns_knows_it(inbox, run_server):
    await send(await run_server(), dataclasses.replace(LETTER, recipient="ada@faß.example"))
    assert inbox.recipients == ["ada@xn--fa-hia.example"]


async def test_an_address_in_utf8_goes_to_a_server_that_takes_them(inbox, run_server):
    letter = dataclasses.replace(LETTER, recipient="zoë@example.org")
    await send(await run_server(enable_SMTPUTF8=True), letter)
    assert inbox.recipients == ["zoë@example.org"]
    assert "To: zoë@example.org".encode() in inbox.raw[0]


async def test_an_address_in_utf8_is_given_up_where_the_server_does_not(inbox, run_server):
    letter = dataclasses.replace(LETTER, recipient="zoë@example.org")
    error = await problem_of(await run_server(), letter)
    assert (error.cause, error.permanent) == ("address_not_supported", True)
    assert inbox.recipients == []


async def test_a_sender_in_utf8_waits_for_the_owner_to_change_it(run_server):
    server = dataclasses.replace(await run_server(), sender="zoë@example.org")
    error = await problem_of(server)
    assert (error.cause, error.permanent) == ("address_not_supported", False)


@pytest.mark.parametrize(
    ("sender", "written"),
    [
        ("comfy@example.org", "comfy@example.org"),
        ("<comfy@example.org>", "comfy@example.org"),
        ("Studio <comfy@example.org>", "Studio <comfy@example.org>"),
        ('"Studio, Inc." <comfy@example.org>', '"Studio, Inc." <comfy@example.org>'),
        ("Studio, Inc. <comfy@example.org>", '"Studio, Inc." <comfy@example.org>'),
        ("Bär <comfy@example.org>", "Bär <comfy@example.org>"),
        ("comfy@localhost", "comfy@localhost"),
        ("  comfy@nas.local ", "comfy@nas.local"),
    ],
)
async def test_senders(inbox, run_server, sender, written):
    await send(dataclasses.replace(await run_server(), sender=sender))
    assert inbox.messages[0]["From"] == written


@pytest.mark.parametrize(
    "sender",
    [
        "",
        "comfy",
        "@example.org",
        "comfy@",
        "comfy@example..org",
        "comfy@-example.org",
        "a b@example.org",
        "a@example.org, b@example.org",
        "Studio <comfy@example.org",
        "Studio <comfy>",
        "Studio <comfy@example.org>\r\nBcc: evil@example.org",
        "Stu\ndio <comfy@example.org>",
        "comfy@example.org\0",
        "a@b@",
        f"{'x' * 65}@example.org",
        f"comfy@{'ä' * 70}.org",
    ],
)
def test_a_sender_that_is_none_stops_the_start_and_names_the_setting(sender):
    with pytest.raises(SettingsError, match="mail_from") as caught:
        MailServer(host="mail.example.org", sender=sender)
    assert caught.value.message == (
        "mail_from is not the address of a sender. Write comfy@example.org or "
        "Studio <comfy@example.org>."
    )
    assert caught.value.details == {"variable": "PASSPORT_MAIL_FROM"}


def test_a_server_without_a_host_is_none():
    server = MailServer()
    assert not server.enabled
    with pytest.raises(MailNotSentError) as caught:
        server.send(LETTER)
    assert caught.value.cause == "not_set_up"
    assert MailServer(host="mail.example.org", sender=ADA).enabled


BREAKS = ["\r\n", "\r", "\n", "\0", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\ud800"]


@pytest.mark.asvs("1.3.11")
@pytest.mark.parametrize("place", ["recipient", "subject"])
@pytest.mark.parametrize("end", BREAKS, ids=ascii)
async def test_advisory_no_header_can_be_smuggled_in(monkeypatch, place, end):
    """Nothing is even connected to."""
    monkeypatch.setattr(smtp, "deliver", lambda *_: pytest.fail("connected"))
    for text in (f"ada@example.org{end}Bcc: evil@example.org", f"{end}ada@example.org",
                 f"ada@example.org{end}"):  # fmt: skip
        error = await problem_of(make_server(1), dataclasses.replace(LETTER, **{place: text}))
        assert (error.cause, error.permanent) == ("malformed", True)


@pytest.mark.parametrize(
    "recipient",
    ["", "ada", "ada@", "a@example.org>", "a@example.org> SIZE=1", "a@example.org,b@example.org",
     '"a b"@example.org', "a@[127.0.0.1]"],
)  # fmt: skip
async def test_a_recipient_that_is_none_is_given_up(monkeypatch, recipient):
    monkeypatch.setattr(smtp, "deliver", lambda *_: pytest.fail("connected"))
    error = await problem_of(make_server(1), dataclasses.replace(LETTER, recipient=recipient))
    assert (error.cause, error.permanent) == ("malformed", True)


# --- encryption and log-in that fail -------------------------------------------------------------


@pytest.mark.parametrize("security", ENCRYPTED)
async def test_a_certificate_that_nobody_trusts(inbox, run_server, authority, security):
    error = await problem_of(await run_server(security, authority.issue("localhost")))
    assert error.cause == "tls"
    assert "certificate" in error.details["reply"]
    assert inbox.messages == []


@pytest.mark.asvs("12.3.2")
@pytest.mark.parametrize("security", ENCRYPTED)
async def test_a_certificate_for_another_name(inbox, run_server, trusted, security):
    error = await problem_of(await run_server(security, trusted.issue("mail.example.org")))
    assert error.cause == "tls"
    assert "Hostname mismatch" in error.message
    assert inbox.messages == []


@pytest.mark.asvs("12.3.1")
async def test_a_server_that_offers_no_starttls_gets_nothing(inbox, run_server):
    server = dataclasses.replace(await run_server(), security="starttls")
    error = await problem_of(with_log_in(server))
    assert error.cause == "not_encrypted"
    assert (inbox.logins, inbox.messages) == ([], [])


async def test_implicit_tls_with_a_server_that_speaks_in_the_clear(run_server):
    server = dataclasses.replace(await run_server(), security="tls")
    assert (await problem_of(server)).cause == "tls"


async def test_what_was_said_before_tls_is_forgotten(listen, trusted):
    """Advisory CVE-2011-0411: an answer put in front of the encrypted ones."""
    said = []

    async def talk(reader, writer):
        await offer_starttls(reader, writer, b"250-mx\r\n250 AUTH PLAIN\r\n")
        await writer.start_tls(trusted.issue("localhost"))
        said.append(await reader.readline())
        writer.write(b"250 mx\r\n")
        said.append(await reader.readline())

    server = make_server(await listen(talk), security="starttls")
    assert (await problem_of(with_log_in(server))).cause == "auth"
    assert said[0].startswith(b"ehlo")
    assert not any(line.startswith(b"AUTH") for line in said)


async def offer_starttls(reader, writer, injected=b""):
    writer.write(b"220 mx\r\n")
    await reader.readline()
    writer.write(b"250-mx\r\n250 STARTTLS\r\n")
    await reader.readline()
    writer.write(b"220 go on\r\n" + injected)
    await writer.drain()


async def test_a_wrong_password(inbox, run_server):
    server = await run_server(auth_require_tls=False)
    error = await problem_of(with_log_in(server, password="canary wrong"))
    assert (error.cause, error.permanent) == ("auth", False)
    assert error.details["reply"] == "535 5.7.8"
    assert "PASSPORT_SMTP_PASSWORD" in error.message
    assert inbox.messages == []


async def test_a_server_that_wants_a_log_in_that_is_not_set(run_server):
    with pytest.warns(UserWarning, match="AUTH"):  # noqa: PT031  # aiosmtpd's, as we connect
        server = await run_server(auth_require_tls=False, auth_required=True)
        error = await problem_of(server)
    assert error.cause == "auth"
    assert error.details["reply"].startswith("530")


async def test_a_server_with_no_way_to_log_in_that_we_know(run_server):
    server = await run_server(auth_require_tls=False, auth_exclude_mechanism=["LOGIN", "PLAIN"])
    assert (await problem_of(with_log_in(server))).cause == "auth"


async def test_a_server_that_refuses_the_user_is_not_told_the_password(listen):
    told = []

    async def talk(reader, writer):
        for answer in (b"220 mx", b"250-mx\r\n250 AUTH LOGIN", b"535 5.7.8 no"):
            writer.write(answer + b"\r\n")
            told.append(await reader.readline())

    error = await problem_of(with_log_in(make_server(await listen(talk))))
    assert (error.cause, error.details["reply"]) == ("auth", "535 5.7.8")
    await asyncio.sleep(0.05)  # the server sees us leave
    assert [line[:10] for line in told] == [b"ehlo [127.", b"AUTH LOGIN", b""]


async def test_a_password_does_not_travel_in_the_clear_to_another_machine(
    inbox, run_server, monkeypatch
):
    monkeypatch.setattr(smtp, "_is_loopback", lambda _: False)
    error = await problem_of(with_log_in(await run_server(auth_require_tls=False)))
    assert error.cause == "not_encrypted"
    assert inbox.logins == []


# --- refusals ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "answer", "cause", "permanent"),
    [
        ("RCPT", "550 no such user", "refused_recipient", True),
        ("RCPT", "550 5.1.1 no such user", "refused_recipient", True),
        ("RCPT", "553 5.1.3 bad address", "refused_recipient", True),
        ("RCPT", "554 5.7.1 relay access denied", "refused_recipient", False),
        ("RCPT", "450 4.2.1 greylisted", "refused_recipient", False),
        ("RCPT", "451 later", "refused_recipient", False),
        ("RCPT", "530 5.7.0 log in first", "auth", False),
        ("MAIL", "550 5.7.1 not you", "refused_sender", False),
        ("MAIL", "451 later", "refused_sender", False),
        ("DATA", "550 5.7.1 looks like spam", "refused", False),
        ("DATA", "451 4.3.0 later", "refused", False),
        ("DATA", "552 too long", "refused", False),
    ],
)
async def test_refusals(inbox, run_server, command, answer, cause, permanent):
    inbox.answers[command] = answer
    error = await problem_of(await run_server())
    assert (error.cause, error.permanent) == (cause, permanent)
    assert answer.startswith(error.details["reply"])
    assert f"({error.details['reply']})" in error.message


async def test_a_recipient_that_the_server_forwards_is_taken(inbox, run_server):
    inbox.answers["RCPT"] = "251 will forward"
    await send(await run_server())
    assert len(inbox.messages) == 1


@pytest.mark.parametrize("step", ["greeting", "ehlo", "data"])
async def test_a_server_that_does_not_want_us(listen, step):
    async def talk(reader, writer):
        answers = {
            "greeting": [b"554 no"],
            "ehlo": [b"220 mx", b"502 what?", b"550 no"],
            "data": [b"220 mx", b"250 mx", b"250 ok", b"250 ok", b"554 no"],
        }
        for answer in answers[step]:
            writer.write(answer + b"\r\n")
            await reader.readline()

    error = await problem_of(make_server(await listen(talk)))
    assert error.cause == "refused"


# --- a server that is none -----------------------------------------------------------------------


async def test_no_such_name():
    for host in ("no-such-host.invalid", "x" * 70 + ".invalid", "mail\n.invalid", "mail\0"):
        assert (await problem_of(make_server(25, host=host))).cause == "dns"


async def test_a_name_that_takes_too_long(monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: time.sleep(1) or [])
    began = time.monotonic()
    assert (await problem_of(make_server(25, timeout_seconds=0.1))).cause == "timeout"
    assert time.monotonic() - began < 0.9


async def test_nobody_listens():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    assert (await problem_of(make_server(port))).cause == "connect"


@pytest.mark.parametrize(
    "greeting",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"\r\n",
        b"22",
        b"\xff\xfe\x00\n",
        b"* OK IMAP4rev1 ready\r\n",
        b"-22 mx\r\n",
        b"220-" + b"x" * 100_000 + b"\r\n",
        b"220-x\r\n" * 20_000,
    ],
    ids=range(9),
)
async def test_a_greeting_that_is_none(listen, greeting):
    async def talk(reader, writer):
        writer.write(greeting)
        await writer.drain()
        if greeting != b"22":
            await reader.read()

    error = await problem_of(make_server(await listen(talk)))
    assert error.cause == ("connect" if greeting == b"22" else "greeting")


async def test_nonsense_in_the_middle(listen):
    async def talk(reader, writer):
        for answer in (b"220 mx", b"250 mx", b"what?"):
            writer.write(answer + b"\r\n")
            await reader.readline()

    assert (await problem_of(make_server(await listen(talk)))).cause == "greeting"


@pytest.mark.parametrize("said", [0, 1, 2, 3, 4, 5])
async def test_a_server_that_hangs_up(listen, said):
    """At the greeting, and after each command, DATA among them."""

    async def talk(reader, writer):
        for answer in [b"220 mx", b"250 mx", b"250 ok", b"250 ok", b"354 go on"][:said]:
            writer.write(answer + b"\r\n")
            await reader.readline()

    assert (await problem_of(make_server(await listen(talk)))).cause == "connect"


@pytest.mark.parametrize("said", [0, 1, 2, 3, 4, 5])
async def test_a_server_that_hangs(listen, said):
    async def talk(reader, writer):
        for answer in [b"220 mx", b"250 mx", b"250 ok", b"250 ok", b"354 go on"][:said]:
            writer.write(answer + b"\r\n")
            await reader.readline()
        await reader.read()

    server = make_server(await listen(talk), timeout_seconds=0.2)
    assert (await problem_of(server)).cause == "timeout"


@pytest.mark.parametrize("security", ["none", "starttls", "tls"])
@pytest.mark.parametrize("drops", [b"2", b"220-\r\n"], ids=["bytes", "lines"])
async def test_a_server_that_drips_does_not_hold_us(listen, security, drops):
    async def talk(reader, writer):
        for _ in range(500):
            writer.write(drops)
            await writer.drain()
            await asyncio.sleep(0.01)

    server = make_server(await listen(talk), security=security, deadline_seconds=0.3)
    began = time.monotonic()
    assert (await problem_of(server)).cause == ("tls" if security == "tls" else "timeout")
    assert time.monotonic() - began < 2


async def test_a_server_that_drips_and_then_hangs_does_not_hold_us(listen):
    async def talk(reader, writer):
        writer.write(b"220-\r\n")
        await asyncio.sleep(0.1)
        writer.write(b"220-\r\n")
        await reader.read()

    began = time.monotonic()
    server = make_server(await listen(talk), timeout_seconds=5, deadline_seconds=0.3)
    assert (await problem_of(server)).cause == "timeout"
    assert time.monotonic() - began < 2


async def test_a_server_that_hangs_in_the_handshake(listen):
    async def talk(reader, writer):
        await offer_starttls(reader, writer)
        await reader.read()

    server = make_server(await listen(talk), security="starttls", timeout_seconds=0.2)
    assert (await problem_of(server)).cause == "timeout"


async def test_a_server_that_hangs_up_in_the_handshake(listen):
    server = make_server(await listen(offer_starttls), security="starttls")
    assert (await problem_of(server)).cause == "tls"


async def test_a_server_that_does_not_read_the_letter(listen):
    async def talk(reader, writer):
        for answer in (b"220 mx", b"250 mx", b"250 ok", b"250 ok", b"354 go on"):
            writer.write(answer + b"\r\n")
            await reader.readline()
        writer.transport.pause_reading()
        await asyncio.sleep(2)

    server = make_server(await listen(talk), timeout_seconds=0.2)
    long = dataclasses.replace(LETTER, text="x\n" * 5_000_000)
    assert (await problem_of(server, long)).cause == "timeout"


@pytest.mark.parametrize("goodbye", [b"", b"500 what?\r\n", b"nonsense"])
async def test_a_letter_that_was_taken_is_sent_however_we_part(listen, goodbye):
    async def talk(reader, writer):
        for answer in (b"220 mx", b"250 mx", b"250 ok", b"250 ok", b"354 go on"):
            writer.write(answer + b"\r\n")
            await reader.readline()
        await reader.readuntil(b"\r\n.\r\n")
        writer.write(b"250 taken\r\n")
        await reader.readline()
        writer.write(goodbye)

    await send(make_server(await listen(talk)))


def test_a_deadline_that_is_over_leaves_no_time():
    assert Deadline(total_seconds=9, step_seconds=1).left() == 1
    with pytest.raises(TimeoutError):
        Deadline(total_seconds=0, step_seconds=1).left()


def test_nobody_waits_longer_than_promised():
    server = MailServer()
    assert (server.timeout_seconds, server.deadline_seconds) == (10, 30)


# --- traces --------------------------------------------------------------------------------------


async def test_advisory_a_server_that_repeats_what_it_was_told_is_not_quoted(listen):
    async def talk(reader, writer):
        for answer in (b"220 mx", b"250-mx\r\n250 AUTH PLAIN"):
            writer.write(answer + b"\r\n")
            told = await reader.readline()
        writer.write(b"535 " + told + b"\r\n")

    error = await problem_of(with_log_in(make_server(await listen(talk))))
    assert (error.cause, error.details["reply"]) == ("auth", "535")


async def test_we_do_not_tell_what_this_machine_is_called(listen, monkeypatch):
    told = []
    monkeypatch.setattr(socket, "getfqdn", lambda: "ada-at-home.example.org")

    async def talk(reader, writer):
        writer.write(b"220 mx\r\n")
        told.append(await reader.readline())

    await problem_of(make_server(await listen(talk)))
    assert told == [b"ehlo [127.0.0.1]\r\n"]


async def test_advisory_neither_password_nor_letter_stands_in_a_log(run_server, caplog):
    server = with_log_in(await run_server(auth_require_tls=False))
    with caplog.at_level(logging.DEBUG, logger="passport"):
        await send(server)
    assert PASSWORD not in repr(server)
    assert TOKEN not in repr(LETTER)
    assert ADA not in repr(LETTER)
    assert [record for record in caplog.records if record.name.startswith("passport")] == []


def test_messages_are_whole_sentences_that_name_a_setting_or_a_remedy():
    for cause in MESSAGES:
        message = make_server(25).not_sent(cause).message
        assert message.endswith(".")
        assert message[0].isupper()
        assert "{" not in message
        assert len(message) <= 255 + 60
    assert mail.TIMEOUT_SECONDS < mail.DEADLINE_SECONDS
