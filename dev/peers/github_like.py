"""A server that log-ins treat like GitHub; see github_like.mjs.

In a test:

    github_like.set_redirect_uris("http://127.0.0.1:8188/passport/oauth/github/callback")
    back = github_like.approve(authorization_url, ADA)         # …/callback?code=…&state=…
"""

import hashlib
from typing import Any

from ..practice import Person
from .authorization_peer import CLIENT_SECRET, AuthorizationPeer

__all__ = ["CLIENT", "CLIENT_SECRET", "CLIENT_WITHOUT_DEVICE_FLOW", "GitHubLike", "github_id"]

CLIENT = "passport-github"
CLIENT_WITHOUT_DEVICE_FLOW = "passport-github-no-device"


def github_id(person: Person) -> int:
    """The number that is the person's `id` there."""
    return int(hashlib.sha256(person.id.encode()).hexdigest()[:7], 16)


class GitHubLike(AuthorizationPeer):
    """`url` stands for github.com as well as for api.github.com."""

    script = "github_like.mjs"
    device_path = "/login/device"

    def describe(self, person: Person) -> dict[str, Any]:
        login = person.email.partition("@")[0]
        number = github_id(person)
        hidden = f"{number}+{login}@users.noreply.practice.example"
        return {
            "subject": person.id,
            "name": person.name,
            "email": person.email,
            "user": {"login": login, "id": number, "name": person.name, "email": None},
            "emails": [
                {"email": hidden, "primary": False, "verified": True, "visibility": None},
                {
                    "email": person.email,
                    "primary": True,
                    "verified": person.email_verified,
                    "visibility": "private",
                },
            ],
        }
