"""The log-in providers of `try --providers`: practice servers in Google's and GitHub's place."""

from urllib.parse import urlsplit

from .child_process import Child
from .peers.github_like import CLIENT, GitHubLike
from .peers.openid_provider import (
    CLIENT_SECRET,
    DEVICE_CLIENT,
    DEVICE_ONLY_CLIENT,
    WEB_CLIENT,
    OpenIdProvider,
)

CALLBACK = "/passport/oauth/{kind}/callback"
STUDIO = "oidc:practice"
STUDIO_LABEL = "Practice Studio"
EXPLANATION = """
Log-in by other services is for practice too. None of these is Google or GitHub:
both servers run on this machine, and know three made-up persons without passwords.

  Google            an OpenID provider at {openid}
  GitHub            a server with GitHub's ways at {github}
  Practice Studio   the same OpenID provider, as one that an owner names

Choose a person on the page that opens, and Approve or Deny. By code: open the
address that Passport shows, and enter the code there.
"""


class PracticeProviders:
    """Both servers, and what Passport has to know of them."""

    def __init__(self) -> None:
        self._openid = OpenIdProvider()
        self._github = GitHubLike()

    def start(self, children: list[Child]) -> None:
        """Start both and add them to the children. Missing when they cannot run here."""
        children.extend(peer.start() for peer in (self._openid, self._github))

    def settings(self) -> dict[str, str]:
        """Passport's settings, as variables of the environment."""
        return {
            "PASSPORT_GOOGLE_ISSUER": self._openid.url,
            "PASSPORT_GOOGLE_CLIENT_ID": WEB_CLIENT,
            "PASSPORT_GOOGLE_CLIENT_SECRET": CLIENT_SECRET,
            "PASSPORT_GOOGLE_DEVICE_CLIENT_ID": DEVICE_ONLY_CLIENT,
            "PASSPORT_GITHUB_BASE": self._github.url,
            "PASSPORT_GITHUB_API_BASE": self._github.url,
            "PASSPORT_GITHUB_CLIENT_ID": CLIENT,
            "PASSPORT_GITHUB_CLIENT_SECRET": CLIENT_SECRET,
            "PASSPORT_OIDC_PRACTICE_ISSUER": self._openid.url,
            "PASSPORT_OIDC_PRACTICE_LABEL": STUDIO_LABEL,
            "PASSPORT_OIDC_PRACTICE_CLIENT_ID": DEVICE_CLIENT,
            "PASSPORT_OIDC_PRACTICE_CLIENT_SECRET": CLIENT_SECRET,
            "PASSPORT_OIDC_PRACTICE_DEVICE": "true",
        }

    def register(self, url: str) -> None:
        """Tell both where people come back to: compared exactly, as the real ones do."""
        origins = dict.fromkeys((url, f"http://localhost:{urlsplit(url).port}"))
        self._openid.set_redirect_uris(
            *(
                origin + CALLBACK.format(kind=kind)
                for kind in ("google", STUDIO)
                for origin in origins
            )
        )
        self._github.set_redirect_uris(
            *(origin + CALLBACK.format(kind="github") for origin in origins)
        )

    def facts(self) -> dict[str, str]:
        """Where they are, for a script."""
        return {"openid_url": self._openid.url, "github_url": self._github.url}

    def explanation(self) -> str:
        """What a person has to know of them."""
        return EXPLANATION.format(openid=self._openid.url, github=self._github.url)
