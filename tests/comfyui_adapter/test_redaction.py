"""No credential in what leaves ComfyUI while a node holds it, nor afterwards."""

from __future__ import annotations

import logging
import sys
from types import ModuleType

import pytest
from passport.comfyui import spent_secrets
from passport.comfyui.live_secrets import LiveSecrets
from passport.comfyui.redaction import RedactingFilter, Redaction
from passport.dev.practice import PRACTICE_KEY, PRACTICE_KEY_2
from passport.secret import Secret

KEY = PRACTICE_KEY


class UnspeakableError(Exception):
    """Has no text; nor have exceptions of some packs."""

    def __str__(self):
        raise RuntimeError(KEY)

    __repr__ = __str__


@pytest.fixture
def live():
    secrets = LiveSecrets()
    with secrets.hold([Secret(KEY)]):
        yield secrets


class TestLiveSecrets:
    @pytest.mark.parametrize(
        ("value", "redacted"),
        [
            (KEY, "***"),
            (f"a {KEY} b {KEY}", "a *** b ***"),
            (KEY.encode(), b"***"),
            (bytearray(b"x" + KEY.encode()), b"x***"),
            ([KEY, 1], ["***", 1]),
            ((1, (KEY,)), (1, ("***",))),
            ({"a": {"b": [KEY]}}, {"a": {"b": ["***"]}}),
            ({KEY: 1}, {"***": 1}),
            ({"a": (KEY.encode(), [KEY])}, {"a": (b"***", ["***"])}),
        ],
    )
    def test_it_looks_into_everything_that_travels(self, live, value, redacted):
        assert live.redact(value) == redacted

    @pytest.mark.parametrize(
        "value",
        ["text", b"bytes", ["a"], ("a",), {"a": {"b": ["c"]}}, 1, 1.5, None, True, object()],
    )
    def test_what_holds_none_is_given_back_itself(self, live, value):
        assert live.redact(value) is value

    def test_what_was_given_is_not_changed(self, live):
        value = {"a": [KEY]}
        live.redact(value)
        assert value == {"a": [KEY]}

    def test_a_secret_held_twice_is_held_until_the_last_lets_go(self, monkeypatch):
        # Forgotten at once, so that holding is what counts.
        monkeypatch.setattr(spent_secrets.SpentSecrets, "add", lambda *_: None)
        secrets = LiveSecrets()
        with secrets.hold([Secret(KEY)]):
            with secrets.hold([Secret(KEY)]):
                pass
            assert secrets.redact(KEY) == "***"
        assert secrets.redact(KEY) == KEY

    def test_a_key_is_recognized_after_the_run(self):
        secrets = LiveSecrets()
        with secrets.hold([Secret(KEY)]):
            pass
        assert secrets.redact({"a": [f"x{KEY}y", KEY.encode()]}) == {"a": ["x***y", b"***"]}
        assert secrets.redact(PRACTICE_KEY_2) == PRACTICE_KEY_2

    @pytest.mark.parametrize("bound", ["MOST_REMEMBERED", "MOST_BEGINNINGS"])
    def test_advisory_a_flood_of_one_holder_makes_us_forget_nobody_elses(self, monkeypatch, bound):
        """33 keys of whatever form, brought by anybody, once pushed out the first."""
        monkeypatch.setattr(spent_secrets, bound, 40)
        secrets = LiveSecrets()
        others = {f"person-{n}": f"{n:03}".ljust(20 + n, "k") for n in range(10)}
        for holder, text in others.items():
            with secrets.hold([Secret(text)], holder):
                pass
        flood = [f"{n:04}".ljust(30, "f") for n in range(200)]
        for text in flood:
            with secrets.hold([Secret(text)], "flood"):
                pass
        assert secrets.redact(list(others.values())) == ["***"] * 10
        assert secrets.redact(flood) == [*flood[:170], *["***"] * 30]

    def test_of_secrets_with_one_beginning_each_is_recognized_by_its_length(self):
        secrets = LiveSecrets()
        long, short = "eyJhbGciOi" + "l" * 40, "eyJhbGciOi" + "s" * 20
        with secrets.hold([Secret(long), Secret(short)]):
            pass
        assert secrets.redact(f"{short} {long}{short} {long}") == "*** ****** ***"

    def test_an_empty_secret_redacts_nothing(self):
        secrets = LiveSecrets()
        with secrets.hold([Secret("")]):
            assert secrets.redact("text") == "text"

    @pytest.mark.threat(3)
    def test_it_is_let_go_when_the_block_fails(self, monkeypatch):
        monkeypatch.setattr(spent_secrets.SpentSecrets, "add", lambda *_: None)
        secrets = LiveSecrets()
        with pytest.raises(RuntimeError), secrets.hold([Secret(KEY)]):
            raise RuntimeError
        assert secrets.redact(KEY) == KEY

    def test_a_word_that_a_client_brings_as_a_key_garbles_nothing(self):
        secrets = LiveSecrets()
        with secrets.hold([Secret("prompt_id")]):
            assert secrets.redact({"prompt_id": "executing"}) == {"prompt_id": "executing"}

    def test_several_at_once(self):
        secrets = LiveSecrets()
        with secrets.hold([Secret(KEY), Secret(PRACTICE_KEY_2)]):
            assert secrets.redact(f"{KEY}{PRACTICE_KEY_2}") == "******"

    @pytest.mark.parametrize("odd", ["\ud800" * 32, "key-\udcff" * 8, "ключ" * 8], ids=ascii)
    def test_advisory_no_secret_stops_what_is_redacted_after_it(self, live, odd):
        """Half a character, which JSON can spell, once made every later redaction fail."""
        with live.hold([Secret(odd)]):
            assert live.redact([KEY.encode(), f"a{odd}b", b"b"]) == [b"***", "a***b", b"b"]
        assert live.redact([KEY.encode(), f"a{odd}b", b"b"]) == [b"***", "a***b", b"b"]

    def test_what_cannot_be_looked_into_is_not_shown(self, live):
        class Sly(dict):
            def items(self):
                raise RuntimeError

        deep = []
        for _ in range(5000):
            deep = [deep]
        assert live.redact({"a": Sly(b=KEY), "c": 1}) == {"a": "***", "c": 1}
        assert "***" in repr(live.redact({"a": deep})["a"])


class TestLogFilter:
    @pytest.fixture
    def lines(self, live):
        """Log through a handler that has the filter; returns what it wrote."""
        written: list[str] = []
        handler = logging.Handler()
        handler.emit = lambda record: written.append(handler.format(record))
        handler.addFilter(RedactingFilter(live))
        logger = logging.getLogger("stub")
        logger.addHandler(handler)
        logger.setLevel(logging.DEBUG)
        yield written
        logger.removeHandler(handler)

    def test_messages_and_arguments(self, lines):
        log = logging.getLogger("stub")
        log.info("key %s", KEY)
        log.info(f"key {KEY}")  # noqa: G004
        log.info({"key": KEY})
        log.info("%(key)s", {"key": KEY})
        log.info("%s", [KEY.encode()])
        assert KEY not in "".join(lines)
        assert lines[0] == "key ***"
        assert len(lines) == 5

    def test_tracebacks(self, lines):
        try:
            int(f"with {KEY}")
        except ValueError:
            logging.getLogger("stub").exception("failed")
        assert "invalid literal for int() with base 10: 'with ***'" in lines[0]
        assert KEY not in lines[0]

    def test_a_record_whose_format_does_not_fit_is_still_written(self, lines):
        logging.getLogger("stub").info("%d %d", KEY)  # noqa: PLE1206
        assert KEY not in lines[0]

    def test_advisory_no_log_call_fails_through_the_filter_or_loses_what_would_be_written(
        self, live, odd_call
    ):
        """An argument whose text cannot be made once let the call of some other pack raise."""
        written = self.what_is_written(*odd_call)
        with_filter = self.what_is_written(*odd_call, filters=[RedactingFilter(live)])
        assert written is None or with_filter == written

    @pytest.fixture(
        params=[
            ("%s", (UnspeakableError(),)),
            ("%r and %s", ("a", UnspeakableError())),
            ("%s %s", (KEY,)),
            ("%d", ("x",)),
            ("%c", (-1,)),
            ("%", (1,)),
            ("%(missing)s", ({"key": 1},)),
            ("%(key)s", ({"key": UnspeakableError()},)),
            ("%s", ("\ud800",)),
            ("\ud800", ()),
            (b"bytes %s", (1,)),
            (UnspeakableError(), ()),
            (UnspeakableError(), (KEY,)),
            (None, ()),
            ("no arguments %s", None),
            ("a list", [1]),
            ("%s", [[1]]),
            ("wrong exc_info", (), True),
            ("wrong exc_info", (), (1, 2, 3)),
            ("empty exc_info", (), (None, None, None)),
            ("unspeakable error", (), (UnspeakableError, UnspeakableError(), None)),
        ],
        ids=lambda call: ascii(call[0])[:20] if isinstance(call[0], (str, bytes)) else "odd",
    )
    def odd_call(self, request):
        return request.param

    def what_is_written(self, msg, args, exc_info=None, filters=()):
        """The line that a handler writes, None when it cannot; fails when the log call would."""
        lines: list[str] = []
        handler = logging.Handler()
        handler.emit = lambda record: lines.append(handler.format(record))
        for each in filters:
            handler.addFilter(each)
        record = logging.LogRecord("a", 20, "f", 1, "", (), exc_info)
        record.msg, record.args = msg, args
        assert handler.filter(record)
        try:
            handler.emit(record)
        except Exception:  # noqa: BLE001  # as each handler does
            return None
        return lines[0]

    def test_a_formatter_of_ones_own_does_not_get_at_the_exception_either(self, live):
        record = logging.LogRecord(
            "a", 40, "f", 1, "failed", (), (ValueError, ValueError(KEY), None)
        )
        RedactingFilter(live).filter(record)
        assert (record.exc_info, record.exc_text) == (None, "ValueError: ***")

    def test_but_an_exception_without_a_secret_stays_its_own(self, live):
        failure = (ValueError, ValueError("harmless"), None)
        record = logging.LogRecord("a", 40, "f", 1, "failed", (), failure)
        RedactingFilter(live).filter(record)
        assert (record.exc_info, record.exc_text) == (failure, None)

    def test_other_records_are_not_touched(self, live):
        record = logging.LogRecord("a", 20, "f", 1, "%s of %d", ("one", 2), None)
        assert RedactingFilter(live).filter(record) is True
        assert (record.msg, record.args) == ("%s of %d", ("one", 2))


class TestRequestLogger:
    @pytest.fixture
    def logged(self, live, monkeypatch):
        calls: list[tuple] = []
        module = ModuleType("comfy_api_nodes.util.request_logger")

        def log_request_response(
            operation_id, request_method, request_url, request_headers=None, **more
        ):
            calls.append((operation_id, request_method, request_url, request_headers, more))

        module.log_request_response = log_request_response
        monkeypatch.setitem(sys.modules, module.__name__, module)
        redaction = Redaction(live)
        redaction.cover_logs()
        assert redaction.covered[module.__name__] is True
        return module.log_request_response, calls

    def test_headers_that_carry_credentials_are_masked_whatever_they_hold(self, logged):
        log, calls = logged
        headers = {"X-API-KEY": "other", "authorization": "Bearer other", "Accept": "*/*"}
        log("id", "GET", "https://x/", headers)
        log("id", "GET", "https://x/", request_headers=headers)
        for call in calls:
            assert call[3] == {"X-API-KEY": "***", "authorization": "***", "Accept": "*/*"}
        assert headers["X-API-KEY"] == "other"

    def test_the_key_is_taken_out_of_everything_else(self, logged):
        log, calls = logged
        log("id", "GET", f"https://x/?k={KEY}", None, error_message=KEY, request_data={"a": KEY})
        assert KEY not in str(calls)


async def test_a_node_that_fails_with_the_key_leaves_it_nowhere(adapter, browser):
    await browser.log_in(KEY)

    def run(executor, inputs):
        raise RuntimeError(f"upstream refused {inputs['api_key']}")

    adapter.add_node("Careless", None, run=run)
    executor = await adapter.run(browser, "Careless")

    assert executor.got["1"]["api_key"] == KEY
    assert KEY not in str(executor.status_messages)
    assert KEY not in str(adapter.stub_server.sent)
    assert "upstream refused ***" in str(executor.status_messages)


@pytest.mark.parametrize("sid", [None, "client"])
async def test_the_socket_passes_on_what_is_harmless_as_it_is(adapter, sid):
    data = {"a": [1, 2]}
    adapter.stub_server.send_sync("event", data, sid)
    adapter.stub_server.send_sync("event", data=data, sid=sid)
    assert [sent is data for _, sent in adapter.stub_server.sent] == [True, True]
