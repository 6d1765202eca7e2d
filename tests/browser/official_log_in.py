"""The official log-in of ComfyUI's own frontend, FAKED at the edge of the network.

The real frontend and its real Firebase SDK run; what they keep in the browser is laid ready, and
the services that they ask about it are answered here. Nothing leaves this machine.
"""

from __future__ import annotations

import base64
import json
import time
from typing import Any

from playwright.sync_api import BrowserContext, Page, Route

# Public: it stands in every copy of the frontend, and names the project there.
WEB_KEY = "AIzaSyC2-fomLqgCjb7ELwta1I9cEarPK8ziTGs"
KEPT_UNDER = f"firebase:authUser:{WEB_KEY}:[DEFAULT]"
EMAIL = "ada@practice.example"
REFRESH_TOKEN = "practice-refresh-token"  # nobody's
KEEP = "([name, user]) => localStorage.getItem(name) ?? localStorage.setItem(name, user)"
HOUR_SECONDS = 3_600


def plain_token(uid: str = "practice-uid", email: str = EMAIL, serial: int = 1) -> str:
    """A token that only looks like one: who verifies it refuses it."""
    now = int(time.time_ns() // 10**9)
    claims = {
        "sub": uid,
        "user_id": uid,
        "email": email,
        "iat": now,
        "exp": now + HOUR_SECONDS,
        "serial": serial,
    }
    parts = [json.dumps(part).encode() for part in ({"alg": "RS256"}, claims)]
    return ".".join([*(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts), "x"])


def kept_user(token: str, email: str, uid: str, good_for_seconds: float) -> dict[str, Any]:
    """What the SDK keeps of somebody who is logged in."""
    return {
        "uid": uid,
        "email": email,
        "emailVerified": True,
        "displayName": "Ada Practice",
        "isAnonymous": False,
        "providerData": [
            {
                "providerId": "password",
                "uid": email,
                "displayName": "Ada Practice",
                "email": email,
                "phoneNumber": None,
                "photoURL": None,
            }
        ],
        "stsTokenManager": {
            "refreshToken": REFRESH_TOKEN,
            "accessToken": token,
            "expirationTime": (time.time_ns() // 10**6) + int(good_for_seconds * 1_000),
        },
        "createdAt": "1790000000000",
        "lastLoginAt": "1790000000000",
        "apiKey": WEB_KEY,
        "appName": "[DEFAULT]",
    }


def answer(route: Route, body: Any, status: int = 200) -> None:
    headers = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "*"}
    route.fulfill(
        status=status, headers=headers, content_type="application/json", body=json.dumps(body)
    )


class OfficialLogIn:
    """Somebody who is logged in to ComfyUI's frontend, in every page of this browser."""

    def __init__(
        self,
        context: BrowserContext,
        token: str | None = None,
        email: str = EMAIL,
        uid: str = "practice-uid",
        good_for_seconds: float = HOUR_SECONDS,
        renews: bool = True,
    ) -> None:
        self.token, self.email, self.uid = token or plain_token(uid, email), email, uid
        self.renewals = 0
        self.renewed, self.renews = plain_token(uid, email, serial=2), renews
        user = kept_user(self.token, email, uid, good_for_seconds)
        context.add_init_script(f"({KEEP})({json.dumps([KEPT_UNDER, json.dumps(user)])})")

    def answer(self, page: Page) -> None:
        """Stand in for the services, in a page whose other ways out are shut already."""
        page.route("https://identitytoolkit.googleapis.com/**", self._identity)
        page.route("https://securetoken.googleapis.com/**", self._renewal)
        page.route("https://api.comfy.org/customers**", self._customer)

    def _identity(self, route: Route) -> None:
        person = {"localId": self.uid, "email": self.email, "displayName": "Ada Practice"}
        answer(route, {"users": [{**person, "emailVerified": True, "providerUserInfo": []}]})

    def _renewal(self, route: Route) -> None:
        if not self.renews:
            route.abort()
            return
        self.renewals += 1
        answer(
            route,
            {
                "id_token": self.renewed,
                "access_token": self.renewed,
                "refresh_token": REFRESH_TOKEN,
                "expires_in": "3600",
                "user_id": self.uid,
            },
        )

    def _customer(self, route: Route) -> None:
        answer(route, {"id": self.uid, "email": self.email, "name": "Ada Practice"})
