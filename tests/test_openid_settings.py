"""OpenID providers in the settings: from tables, from the environment, and what is refused."""

from __future__ import annotations

import pytest
from passport.errors import SettingsError
from passport.openid_settings import FIELDS, OpenIdSettings, read_openid_settings
from passport.providers.directory import make_providers
from passport.settings import Settings, load_settings

ISSUER = "https://id.studio.example"
TABLE = {"issuer": ISSUER, "client_id": "passport"}
CANARY = "canary-of-the-client"


def environment(name="STUDIO", **fields):
    return {f"PASSPORT_OIDC_{name}_{field}": value for field, value in fields.items()}


WHOLE = environment(ISSUER=ISSUER, CLIENT_ID="passport")


def refuse(tables=None, variables=None):
    with pytest.raises(SettingsError) as caught:
        read_openid_settings(tables or {}, variables or {})
    assert CANARY not in f"{caught.value.message} {caught.value.details}"
    return caught.value.message


class TestWhatIsRead:
    def test_none_is_none(self):
        assert read_openid_settings({}, {"PASSPORT_OIDC": "x", "OTHER": "y"}) == ()

    def test_a_table(self):
        whole = {**TABLE, "client_secret": CANARY, "label": "Studio", "device": True}
        assert read_openid_settings({"studio": whole}, {}) == (
            OpenIdSettings("studio", ISSUER, "passport", CANARY, "Studio", True),
        )

    def test_the_environment(self):
        variables = {
            **WHOLE,
            **environment(CLIENT_SECRET=CANARY, LABEL=" Studio ", DEVICE="yes"),
        }
        assert read_openid_settings({}, variables) == (
            OpenIdSettings("studio", ISSUER, "passport", CANARY, "Studio", True),
        )

    def test_the_environment_wins_field_by_field(self):
        tables = {"studio": {**TABLE, "label": "Old", "device": True}}
        (found,) = read_openid_settings(tables, environment(LABEL="New", DEVICE="false"))
        assert (found.issuer, found.label, found.device) == (ISSUER, "New", False)

    def test_an_empty_variable_is_none(self):
        (found,) = read_openid_settings(
            {"studio": {**TABLE, "label": "Old"}}, environment(LABEL="")
        )
        assert found.label == "Old"

    @pytest.mark.parametrize(
        ("spelled", "name"), [("STUDIO", "studio"), ("MY_STUDIO_2", "my-studio-2"), ("A", "a")]
    )
    def test_names_in_variables(self, spelled, name):
        (found,) = read_openid_settings({}, environment(spelled, ISSUER=ISSUER, CLIENT_ID="x"))
        assert found.name == name

    @pytest.mark.parametrize("name", ["CLIENT", "CLIENT_ID", "DEVICE", "ISSUER"])
    def test_a_name_may_look_like_a_field(self, name):
        (found,) = read_openid_settings({}, environment(name, ISSUER=ISSUER, CLIENT_ID="x"))
        assert found.name == name.lower().replace("_", "-")

    def test_several_stand_in_the_order_of_their_names(self):
        found = read_openid_settings(
            {"b": TABLE, "c": TABLE}, environment("A", ISSUER=ISSUER, CLIENT_ID="x")
        )
        assert [each.name for each in found] == ["a", "b", "c"]

    def test_a_secret_from_a_file(self, tmp_path):
        (tmp_path / "secret").write_text(f"{CANARY}\n", encoding="utf-8")
        path = str(tmp_path / "secret")
        (found,) = read_openid_settings({}, {**WHOLE, **environment(CLIENT_SECRET_FILE=path)})
        assert found.client_secret == CANARY


class TestWhatIsRefused:
    @pytest.mark.parametrize("tables", ["x", 7, [], None, [TABLE], True])
    def test_tables_that_are_none(self, tables):
        with pytest.raises(SettingsError, match="tables"):
            read_openid_settings(tables, {})

    @pytest.mark.parametrize("table", ["x", 7, [], None])
    def test_a_table_that_is_none(self, table):
        assert "studio" in refuse({"studio": table})

    @pytest.mark.parametrize(
        "name", ["Studio", "stu dio", "", "-x", "x" * 33, "a/b", "a:b", "é", "a\n", "<b>", ".."]
    )
    def test_a_name_that_cannot_stand_in_an_address(self, name):
        assert "small letters" in refuse({name: TABLE})

    @pytest.mark.parametrize("missing", ["issuer", "client_id"])
    @pytest.mark.parametrize("value", [None, ""])
    def test_what_is_missing_is_named(self, missing, value):
        table = {**TABLE, missing: value, "client_secret": CANARY}
        assert missing in refuse({"studio": table})
        del table[missing]
        assert missing in refuse({"studio": table})

    @pytest.mark.parametrize("name", ["issuer", "client_id", "client_secret", "label"])
    @pytest.mark.parametrize("value", [7, [CANARY], {"a": CANARY}, True])
    def test_what_is_no_text(self, name, value):
        assert "texts" in refuse({"studio": {**TABLE, name: value}})

    @pytest.mark.parametrize("value", ["perhaps", CANARY, 7, []])
    def test_device_is_yes_or_no(self, value):
        assert "device" in refuse({"studio": {**TABLE, "device": value}})

    def test_a_field_that_does_not_exist(self):
        assert "scope" in refuse({"studio": {**TABLE, "scope": CANARY}})

    @pytest.mark.parametrize(
        "variable",
        [
            "PASSPORT_OIDC_STUDIO",
            "PASSPORT_OIDC_",
            "PASSPORT_OIDC_STUDIO_SCOPE",
            "PASSPORT_OIDC_CLIENT_ID",
            "PASSPORT_OIDC_STUDIO_ISSUER_FILE",
            "PASSPORT_OIDC_STUDIO_LABEL_FILE",
        ],
    )
    def test_a_variable_that_is_no_setting_is_named(self, variable):
        assert variable in refuse({}, {**WHOLE, variable: CANARY})

    def test_a_secret_file_that_cannot_be_read(self):
        variables = {**WHOLE, **environment(CLIENT_SECRET_FILE="/missing/file")}
        assert "CLIENT_SECRET_FILE" in refuse({}, variables)


def test_a_repr_shows_no_secret():
    whole = OpenIdSettings("studio", ISSUER, "passport", CANARY)
    assert CANARY not in f"{whole!r} {Settings(oidc=(whole,))!r}"


def test_every_field_can_be_set_by_the_environment():
    assert set(FIELDS) == {"issuer", "client_id", "client_secret", "label", "device"}


class TestWhatBecomesOfThem:
    """The providers that the owner's settings make."""

    def make(self, tmp_path, **variables):
        settings = load_settings(variables, tmp_path / "passport.toml")
        return make_providers(settings, http=None, clock=None)

    def test_each_is_a_provider_after_google_and_github(self, tmp_path):
        made = self.make(
            tmp_path,
            **environment("Z", ISSUER=ISSUER, CLIENT_ID="x", LABEL="Zoo"),
            **environment("A", ISSUER=ISSUER, CLIENT_ID="x", DEVICE="true"),
            PASSPORT_GOOGLE_CLIENT_ID="g",
            PASSPORT_GITHUB_CLIENT_ID="h",
            PASSPORT_GITHUB_CLIENT_SECRET=CANARY,
        )
        assert list(made) == ["google", "github", "oidc:a", "oidc:z"]
        assert [each.label for each in made.values()] == ["Google", "GitHub", "a", "Zoo"]
        assert [each.redirects for each in made.values()] == [True] * 4
        assert [each.has_device_flow for each in made.values()] == [False, True, True, False]

    def test_googles_device_flow_has_a_client_of_its_own(self, tmp_path):
        made = self.make(tmp_path, PASSPORT_GOOGLE_DEVICE_CLIENT_ID="g")
        assert (made["google"].redirects, made["google"].has_device_flow) == (False, True)

    def test_github_without_a_secret_has_no_redirect(self, tmp_path):
        made = self.make(tmp_path, PASSPORT_GITHUB_CLIENT_ID="h")
        assert (made["github"].redirects, made["github"].has_device_flow) == (False, True)

    def test_without_settings_there_is_none(self, tmp_path):
        assert self.make(tmp_path) == {}
