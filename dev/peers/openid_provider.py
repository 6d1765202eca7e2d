"""The strict OpenID provider; see openid_provider.mjs.

In a test:

    openid_provider.set_redirect_uris("http://127.0.0.1:8188/passport/oauth/oidc:test/callback")
    back = openid_provider.approve(authorization_url, ADA)     # …/callback?code=…&state=…&iss=…
"""

from typing import Any

from ..practice import Person
from .authorization_peer import CLIENT_SECRET, AuthorizationPeer

__all__ = [
    "CLIENT_SECRET",
    "DEVICE_CLIENT",
    "DEVICE_ONLY_CLIENT",
    "PUBLIC_CLIENT",
    "WEB_CLIENT",
    "OpenIdProvider",
]

WEB_CLIENT = "passport-web"  # code; its secret by HTTP Basic or in the form
PUBLIC_CLIENT = "passport-public"  # code; no secret
DEVICE_CLIENT = "passport-device"  # code and device codes; its secret in both ways
DEVICE_ONLY_CLIENT = "passport-device-only"  # device codes; no secret


class OpenIdProvider(AuthorizationPeer):
    """`url` is the issuer."""

    script = "openid_provider.mjs"

    def describe(self, person: Person) -> dict[str, Any]:
        return {
            "subject": person.id,
            "name": person.name,
            "email": person.email,
            "claims": {
                "name": person.name,
                "email": person.email,
                "email_verified": person.email_verified,
            },
        }

    def claims_in_id_token(self, are_there: bool) -> None:
        """False: e-mail address and name are told by userinfo alone."""
        self.control(claims_in_id_token=are_there)

    def rotate_keys(self, keep_old: bool = True) -> str:
        """Sign with a new key from now on; its kid. `keep_old`: the old one stays listed."""
        state = self.control(rotate_keys="keep_old" if keep_old else "forget_old")
        return state["kids"][0]
