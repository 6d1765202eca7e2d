"""Firebase Auth over REST: the log-in behind the hosted Comfy account."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

from ..secret import Secret
from .comfy_errors import ComfyRefusedError
from .firebase_errors import SECOND_FACTOR, name_ending, name_refusal, nonsense
from .http_client import Answer, HttpClient
from .proved_identity import printable

LONGEST_LIFETIME_SECONDS = 24 * 3600
OK = 200


@dataclass(frozen=True)
class FirebaseTokens:
    """A log-in: the token to show for `lifetime_seconds`, and the one that gets the next."""

    id_token: Secret = field(repr=False)
    refresh_token: Secret = field(repr=False)
    lifetime_seconds: int


@dataclass(frozen=True)
class FirebaseUser:
    """Who holds a log-in, as Firebase knows it at this moment."""

    email: str | None
    email_verified: bool
    has_password: bool


@dataclass(frozen=True)
class FirebaseSettings:
    """Where Firebase answers; the web key names the project and is no secret."""

    auth_base: str
    token_base: str
    web_key: str


class Firebase:
    """Asks Firebase Auth.

    Every call raises ServiceUnreachableError and ServiceAnsweredNonsenseError, and
    ComfyRefusedError where the service says no.
    """

    def __init__(self, settings: FirebaseSettings, client: HttpClient) -> None:
        self._auth_base = settings.auth_base.rstrip("/")
        self._token_base = settings.token_base.rstrip("/")
        self._web_key = settings.web_key
        self._client = client

    @property
    def configured(self) -> bool:
        """Whether the owner has named the web key; without one nothing here can be asked."""
        return bool(self._web_key)

    async def log_in(self, email: str, password: str) -> FirebaseTokens:
        """Log in by mail and password."""
        body = {"email": email, "password": password, "returnSecureToken": True}
        return _read_log_in(await self._ask("signInWithPassword", body))

    async def log_in_with_custom_token(self, token: Secret) -> FirebaseTokens:
        """Log in with what a finished log-in code gave."""
        body = {"token": token.reveal(), "returnSecureToken": True}
        return _read_log_in(await self._ask("signInWithCustomToken", body))

    async def sign_up(self, email: str, password: str) -> FirebaseTokens:
        """Make a user."""
        body = {"email": email, "password": password, "returnSecureToken": True}
        return _read_log_in(await self._ask("signUp", body))

    async def delete_user(self, id_token: Secret) -> None:
        """Delete the user: for a sign-up that could not be finished."""
        await self._ask("delete", {"idToken": id_token.reveal()})

    async def look_up(self, id_token: Secret) -> FirebaseUser:
        """Return the user; the token itself may be older than what has changed since."""
        answer = await self._ask("lookup", {"idToken": id_token.reveal()})
        users = _list(_fields(answer), "users")
        if not users:
            raise nonsense(answer)
        ways = [each.get("providerId") for each in _list(users[0], "providerUserInfo")]
        return FirebaseUser(
            printable(users[0].get("email"), 320),
            users[0].get("emailVerified") is True,
            "password" in ways,
        )

    async def send_verification(self, id_token: Secret) -> None:
        """Have Firebase send the mail that proves the address."""
        await self._ask(
            "sendOobCode", {"requestType": "VERIFY_EMAIL", "idToken": id_token.reveal()}
        )

    async def send_password_reset(self, email: str) -> None:
        """Have Firebase send the mail with which a forgotten password is set anew."""
        await self._ask("sendOobCode", {"requestType": "PASSWORD_RESET", "email": email})

    async def change_password(self, id_token: Secret, new_password: str) -> FirebaseTokens:
        """Set another password; every other log-in of the user ends, this one gets new tokens."""
        body = {
            "idToken": id_token.reveal(),
            "password": new_password,
            "returnSecureToken": True,
        }
        return _read_log_in(await self._ask("update", body))

    async def refresh(self, refresh_token: Secret) -> FirebaseTokens:
        """Get the next ID token.

        Raises ComfySessionEndedError when Firebase itself says that this log-in is over; a fault
        on the way never does.
        """
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token.reveal()}
        url = f"{self._token_base}/token?key={self._web_key}"
        answer = await self._client.ask("POST", url, {}, form=form)
        if answer.status != OK or "error" in _fields(answer):
            raise name_ending(answer)
        return _read_tokens(answer, ("id_token", "refresh_token", "expires_in"))

    async def _ask(self, operation: str, body: dict[str, Any]) -> Answer:
        url = f"{self._auth_base}/accounts:{operation}?key={self._web_key}"
        answer = await self._client.ask("POST", url, {}, body)
        fields = _fields(answer)
        if answer.status != OK or "error" in fields:
            raise name_refusal(answer)
        if not isinstance(answer.body, dict):
            raise nonsense(answer)
        if "mfaPendingCredential" in fields:
            raise ComfyRefusedError(SECOND_FACTOR, "second_factor_needed")
        return answer


def _fields(answer: Answer) -> dict[str, Any]:
    if isinstance(answer.body, dict):
        return cast("dict[str, Any]", answer.body)  # pyright: ignore[reportUnknownMemberType]
    return {}


def _list(fields: dict[str, Any], name: str) -> list[dict[str, Any]]:
    value = fields.get(name)
    items = cast("list[Any]", value) if isinstance(value, list) else []
    return [cast("dict[str, Any]", each) for each in items if isinstance(each, dict)]


def _text(answer: Answer, name: str) -> str:
    value = _fields(answer).get(name)
    if not isinstance(value, str) or not value:
        raise nonsense(answer)
    return value


def _read_log_in(answer: Answer) -> FirebaseTokens:
    return _read_tokens(answer, ("idToken", "refreshToken", "expiresIn"))


def _read_tokens(answer: Answer, names: tuple[str, str, str]) -> FirebaseTokens:
    id_token, refresh_token, lifetime = names
    seconds = str(_fields(answer).get(lifetime))
    if not (seconds.isascii() and seconds.isdigit()) or len(seconds) > 9:  # noqa: PLR2004
        raise nonsense(answer)
    return FirebaseTokens(
        Secret(_text(answer, id_token)),
        Secret(_text(answer, refresh_token)),
        min(int(seconds), LONGEST_LIFETIME_SECONDS),
    )
