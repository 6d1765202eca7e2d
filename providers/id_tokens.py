"""Verifying ID tokens: PyJWT checks the signature, the claims are held against what was expected.

OpenID Connect Core, 3.1.3.7, and RFC 8725.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta, timezone
from typing import Any, cast

from ..clock import Clock
from .errors import ProviderAnswerInvalidError
from .key_sets import KeySet

ALGORITHMS = ("RS256", "ES256")
LEEWAY = timedelta(seconds=60)
LONGEST_TOKEN = 16 * 1024
LONGEST_SUBJECT = 255  # OpenID Connect Core, 2


async def verify_id_token(  # noqa: PLR0913  # what a token is held against
    token: str,
    key_set: KeySet,
    *,
    issuer: str,
    audience: str,
    clock: Clock,
    nonce: str | None = None,
    algorithms: Collection[str] = ALGORITHMS,
) -> dict[str, Any]:
    """Return the claims of a token that this provider made for this server, and just now.

    Raises ProviderAnswerInvalidError, and what `KeySet.find` raises.
    """
    header = _read_header(token)
    algorithm = header.get("alg")
    if algorithm not in algorithms or "crit" in header:
        raise _refused("it is signed in a way that is not allowed", "algorithm")
    kid = header.get("kid")
    if kid is not None and not isinstance(kid, str):
        raise _refused("it cannot be read", "malformed")
    key = await key_set.find(kid, cast("str", algorithm))
    claims = _open(token, key.key, cast("str", algorithm))
    _check_parties(claims, issuer, audience)
    _check_times(claims, clock())
    if nonce is not None and claims.get("nonce") != nonce:
        raise _refused("it answers another log-in than this one", "nonce")
    return claims


def _read_header(token: str) -> dict[str, Any]:
    import jwt

    if len(token) > LONGEST_TOKEN:
        raise _refused("it cannot be read", "malformed")
    try:
        return jwt.get_unverified_header(token)
    except (jwt.exceptions.PyJWTError, ValueError, RecursionError):
        raise _refused("it cannot be read", "malformed") from None


def _open(token: str, key: Any, algorithm: str) -> dict[str, Any]:
    import jwt

    # What the claims say is checked below, by our own clock and word for word.
    options: Any = {
        "verify_aud": False,
        "verify_iss": False,
        "verify_exp": False,
        "verify_iat": False,
        "verify_nbf": False,
        "verify_sub": False,
        "verify_jti": False,
    }
    try:
        return jwt.decode(token, key, algorithms=[algorithm], options=options)
    except jwt.exceptions.DecodeError:
        raise _refused("its signature is not the provider's", "signature") from None
    except (jwt.exceptions.PyJWTError, ValueError, TypeError, RecursionError):
        raise _refused("it cannot be read", "malformed") from None


def _check_parties(claims: dict[str, Any], issuer: str, audience: str) -> None:
    if claims.get("iss") != issuer:
        raise _refused("another provider made it", "issuer")
    named = claims.get("aud")
    audiences = cast("list[Any]", named) if isinstance(named, list) else [named]
    if audience not in audiences:
        raise _refused("it was made for another application", "audience")
    party = claims.get("azp")
    if (len(audiences) > 1 or party is not None) and party != audience:
        raise _refused("it was made for another application", "audience")
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT:
        raise _refused("it does not say for whom", "subject")
    if not subject.isprintable():  # no store keeps NUL, nor half a character
        raise _refused("it does not say for whom", "subject")


def _check_times(claims: dict[str, Any], now: datetime) -> None:
    expires_at, issued_at = read_instant(claims.get("exp")), read_instant(claims.get("iat"))
    if expires_at is None or issued_at is None:
        raise _refused("it does not say for how long", "expired")
    if now - LEEWAY >= expires_at:  # the other way round there is no instant after the last
        raise _refused("it has expired, or this machine's clock is wrong", "expired")
    begins_at = read_instant(claims.get("nbf")) or issued_at
    if max(issued_at, begins_at) > now + LEEWAY:
        raise _refused("it comes from the future: this machine's clock is wrong", "expired")


def read_instant(value: object) -> datetime | None:
    """Return the instant of a numeric date (RFC 7519, 2), or None when it is none."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        return datetime.fromtimestamp(value, timezone.utc)
    except (ValueError, OverflowError, OSError):
        return None


def _refused(why: str, reason: str) -> ProviderAnswerInvalidError:
    return ProviderAnswerInvalidError(
        f"The proof of this log-in was refused: {why}. Try again; if it stays so, ask this "
        "server's owner.",
        reason=reason,
    )
