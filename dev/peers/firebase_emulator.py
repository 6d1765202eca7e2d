"""The Firebase Auth emulator with signed ID tokens; see firebase_emulator.mjs.

In a test:

    ada = firebase_emulator.sign_up("ada@practice.example", "a long password")
    firebase_emulator.refuse("signInWithPassword", "TOO_MANY_ATTEMPTS_TRY_LATER")
    code = firebase_emulator.oob_code("ada@practice.example", "PASSWORD_RESET")
"""

import json
import urllib.request
from typing import Any

from .firebase_tools import ready_firebase_tools
from .peer_process import HERE, PeerProcess, node

PROJECT = "demo-passport"
WEB_KEY = "practice-web-key"
TOKEN_PATH = "/securetoken.googleapis.com/v1/token"  # noqa: S105  (an address)
ACCOUNTS = "/identitytoolkit.googleapis.com/v1/accounts"


class FirebaseEmulator(PeerProcess):
    """`auth_base`, `token_base` and `keys_url` are what the product's settings want."""

    script = "firebase_emulator.mjs"
    project = PROJECT
    web_key = WEB_KEY
    issuer = f"https://securetoken.google.com/{PROJECT}"

    def command(self) -> list[str]:
        return [node(), str(HERE / self.script), str(ready_firebase_tools()), PROJECT]

    @property
    def auth_base(self) -> str:
        return f"{self.url}/identitytoolkit.googleapis.com/v1"

    @property
    def token_base(self) -> str:
        return f"{self.url}/securetoken.googleapis.com/v1"

    @property
    def keys_url(self) -> str:
        return f"{self.url}/__keys"

    def reset(self) -> None:
        super().reset()
        self._send("DELETE", f"/emulator/v1/projects/{PROJECT}/accounts")
        self.protect_addresses(False)

    def sign_up(self, email: str, password: str, verified: bool = False) -> dict[str, Any]:
        """A person of the emulator: localId, idToken, refreshToken."""
        asked = {"email": email, "password": password, "returnSecureToken": True}
        made = self.ask("signUp", asked)
        if verified:
            self.change(made["localId"], emailVerified=True)
            return {**made, **self.ask("signInWithPassword", asked)}
        return made

    def ask(self, operation: str, body: dict[str, Any]) -> Any:
        """One of the calls `accounts:<operation>`, as a client with the web key makes it."""
        return self._send("POST", f"{ACCOUNTS}:{operation}?key={WEB_KEY}", body)

    def change(self, local_id: str, **fields: Any) -> None:
        """Change a person as the project's owner can: `disableUser=True`, `displayName=…`."""
        path = f"/identitytoolkit.googleapis.com/v1/projects/{PROJECT}/accounts:update"
        self._send("POST", path, {"localId": local_id, **fields})

    def delete(self, local_id: str) -> None:
        path = f"/identitytoolkit.googleapis.com/v1/projects/{PROJECT}/accounts:delete"
        self._send("POST", path, {"localId": local_id})

    def protect_addresses(self, are_protected: bool) -> None:
        """Firebase's protection against enumeration: whether an address is known stays untold."""
        path = f"/identitytoolkit.googleapis.com/v2/projects/{PROJECT}/config"
        setting = {"emailPrivacyConfig": {"enableImprovedEmailPrivacy": are_protected}}
        self._send("PATCH", f"{path}?updateMask=emailPrivacyConfig", setting)

    def oob_codes(self, email: str) -> list[dict[str, Any]]:
        """The codes that would have been mailed to the address: oobCode, oobLink, requestType."""
        listed = self._send("GET", f"/emulator/v1/projects/{PROJECT}/oobCodes")["oobCodes"]
        return [code for code in listed if code["email"] == email]

    def oob_code(self, email: str, request_type: str) -> str:
        """The newest code of the kind: PASSWORD_RESET or VERIFY_EMAIL."""
        codes = [code for code in self.oob_codes(email) if code["requestType"] == request_type]
        return codes[-1]["oobCode"]

    def refuse(self, operation: str, code: str, detail: str = "", times: int = 1) -> None:
        """Answer the next calls of `accounts:<operation>` with an error that it never makes."""
        self._refuse(f"{ACCOUNTS}:{operation}", code, detail, times)

    def refuse_refresh(self, code: str, detail: str = "", times: int = 1) -> None:
        """Answer the next exchanges of a refresh token with the error."""
        self._refuse(TOKEN_PATH, code, detail, times)

    def rotate_keys(self, keep_old: bool = True) -> str:
        """Sign with a new key from now on; its kid. `keep_old`: the old one stays listed."""
        state = self.control(rotate_keys="keep_old" if keep_old else "forget_old")
        return state["kids"][0]

    def claims_of(self, token: str) -> dict[str, Any] | None:
        """The claims of an ID token that is good, else None; `FakeComfyApi.accept_tokens_by`."""
        import jwt

        keys = {key["kid"]: jwt.PyJWK(key) for key in self._send("GET", "/__keys")["keys"]}
        try:
            key = keys[jwt.get_unverified_header(token)["kid"]]
            return jwt.decode(token, key, ["RS256"], audience=PROJECT, issuer=self.issuer)
        except (jwt.InvalidTokenError, KeyError):
            return None

    def _refuse(self, path: str, code: str, detail: str, times: int) -> None:
        message = f"{code} : {detail}" if detail else code
        reason = {"message": message, "reason": "invalid", "domain": "global"}
        error = {"code": 400, "message": message, "errors": [reason]}
        self.answer(path, {"error": error}, status=400, times=times)

    def _send(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        if "/projects/" in path:
            headers["Authorization"] = "Bearer owner"  # the emulator's word for: may do anything
        request = urllib.request.Request(self.url + path, data, headers, method=method)  # noqa: S310
        return self._exchange(request)
