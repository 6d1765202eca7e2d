"""Settings: the environment over passport.toml, and no secret shown."""

from __future__ import annotations

import pytest
from passport.errors import SettingsError
from passport.setting_values import DAY_SECONDS, LONGEST_SECONDS, read_secret
from passport.settings import Settings, load_settings


@pytest.fixture
def toml(tmp_path):
    return tmp_path / "passport.toml"


def test_without_anything_the_defaults_hold(toml):
    settings = load_settings({}, toml)
    assert settings == Settings()
    assert settings.session_idle_seconds == 30 * DAY_SECONDS
    assert settings.shared_computer_idle_seconds == 30 * 60
    assert settings.default_credential_for == "loopback"
    assert not settings.use_keyring


def test_the_environment_wins_over_the_file(toml):
    toml.write_text('comfy_api_base = "file"\ndefault_account = "file"\n', encoding="utf-8")
    settings = load_settings({"PASSPORT_COMFY_API_BASE": " environment "}, toml)
    assert (settings.comfy_api_base, settings.default_account) == ("environment", "file")


def test_an_empty_variable_is_none(toml):
    toml.write_text('comfy_api_base = "file"\n', encoding="utf-8")
    assert load_settings({"PASSPORT_COMFY_API_BASE": " "}, toml).comfy_api_base == "file"


@pytest.mark.parametrize(
    ("variable", "text", "field", "expected"),
    [
        ("USE_KEYRING", "1", "use_keyring", True),
        ("USE_KEYRING", "TRUE", "use_keyring", True),
        ("USE_KEYRING", "yes", "use_keyring", True),
        ("USE_KEYRING", "0", "use_keyring", False),
        ("USE_KEYRING", "False", "use_keyring", False),
        ("USE_KEYRING", "no", "use_keyring", False),
        ("SESSION_IDLE_SECONDS", "60", "session_idle_seconds", 60),
        ("HSTS_SECONDS", "0", "hsts_seconds", 0),
        (
            "ALLOWED_HOSTS",
            "a.example, *.b.example,,",
            "allowed_hosts",
            ("a.example", "*.b.example"),
        ),
        ("TRUSTED_PROXIES", "10.0.0.0/8", "trusted_proxies", ("10.0.0.0/8",)),
        ("ALLOWED_NODE_PACKS", "one", "allowed_node_packs", ("one",)),
        ("DEFAULT_CREDENTIAL_FOR", "everyone", "default_credential_for", "everyone"),
    ],
)
def test_variables_are_read_as_what_they_are(toml, variable, text, field, expected):
    settings = load_settings({f"PASSPORT_{variable}": text}, toml)
    assert getattr(settings, field) == expected


def test_the_file_is_read_as_toml(toml):
    toml.write_text(
        "use_keyring = true\nsession_lifetime_seconds = 3600\n"
        'allowed_hosts = [" a.example ", ""]\ntrusted_proxies = "10.0.0.1,10.0.0.2"\n',
        encoding="utf-8-sig",
    )
    settings = load_settings({}, toml)
    assert settings.use_keyring
    assert settings.session_lifetime_seconds == 3600
    assert settings.allowed_hosts == ("a.example",)
    assert settings.trusted_proxies == ("10.0.0.1", "10.0.0.2")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("canary_name = 1", "canary_name"),
        ("[table]\nuse_keyring = true", "table"),
        ("use_keyring = 'canary'", "use_keyring must be true or false"),
        ("use_keyring = 2", "use_keyring must be true or false"),
        ("session_idle_seconds = 'canary'", "session_idle_seconds must be a whole number"),
        ("session_idle_seconds = 0", "from 1 to 315360000"),
        ("session_idle_seconds = -5", "from 1 to 315360000"),
        ("session_idle_seconds = 1.5", "whole number"),
        ("session_idle_seconds = inf", "whole number"),
        ("session_idle_seconds = true", "whole number"),
        ("session_idle_seconds = 2026-11-23", "whole number"),
        (f"session_idle_seconds = {LONGEST_SECONDS + 1}", "315360000"),
        ("session_idle_seconds = '９'", "whole number"),
        ("allowed_hosts = 5", "allowed_hosts must be a list"),
        ("allowed_hosts = [5]", "allowed_hosts must be a list"),
        ("allowed_hosts = {a = 'canary'}", "allowed_hosts must be a list"),
        ("comfy_api_base = 5", "comfy_api_base must be text"),
        ("master_key = ['canary']", "master_key must be text"),
        ("default_credential_for = 'canary'", "default_credential_for must be"),
        ("not toml canary", "not valid TOML"),
        ("default_account = '\xff'", "not valid TOML"),
    ],
)
def test_what_cannot_be_used_is_named_and_its_value_is_not_shown(toml, line, said):
    toml.write_bytes(line.encode("latin-1" if "\xff" in line else "utf-8"))
    with pytest.raises(SettingsError) as caught:
        load_settings({}, toml)
    assert said in caught.value.message
    assert "'canary'" not in caught.value.message


def test_a_file_that_cannot_be_read_is_named(toml):
    toml.mkdir()
    with pytest.raises(SettingsError, match=r"passport\.toml cannot be read"):
        load_settings({}, toml)


def test_the_longest_lifetime_can_be_added_to_a_date(toml):
    settings = load_settings({"PASSPORT_SESSION_LIFETIME_SECONDS": f"{LONGEST_SECONDS}"}, toml)
    assert settings.session_lifetime_seconds == LONGEST_SECONDS < 2**31


@pytest.mark.parametrize("name", ["MASTER_KEY", "DATABASE_URL"])
def test_secrets_can_come_from_files(toml, tmp_path, name):
    (tmp_path / "secret").write_text("from-file\n", encoding="utf-8")
    environment = {f"PASSPORT_{name}_FILE": str(tmp_path / "secret")}
    assert getattr(load_settings(environment, toml), name.lower()) == "from-file"
    environment[f"PASSPORT_{name}"] = "direct"
    assert getattr(load_settings(environment, toml), name.lower()) == "direct"


def test_what_is_no_secret_is_not_read_from_a_file(toml, tmp_path):
    (tmp_path / "text").write_text("x", encoding="utf-8")
    environment = {"PASSPORT_COMFY_API_BASE_FILE": str(tmp_path / "text")}
    assert load_settings(environment, toml).comfy_api_base == ""


@pytest.mark.parametrize("path", ["/missing/file", "/"])
def test_a_secret_file_that_cannot_be_read_is_a_setting_to_mend(path):
    with pytest.raises(SettingsError, match="NAME_FILE") as caught:
        read_secret({"NAME_FILE": path}, "NAME")
    assert caught.value.details == {"variable": "NAME_FILE"}


def test_repr_shows_no_secret():
    shown = repr(Settings(master_key="canary", database_url="postgresql://ada:canary@host/x"))
    assert "canary" not in shown
    assert "allowed_hosts" in shown


def test_names_of_other_programs_variables_are_no_concern(toml):
    assert load_settings({"PASSPORT_DATA_FOLDER": "x", "PASSPORT_LOCAL": "y"}, toml) == Settings()
