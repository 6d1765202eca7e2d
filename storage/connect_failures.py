"""Why a database server takes no connection from us, as whoever set it up would like to hear it.

There is no condition to go by (SQLSTATE), as the driver gives none for a connection that was never
made: only words, libpq's in English and the server's in its own language. What is not recognized
is simply unreachable. The driver's words name hosts and users, so none of them is passed on.
"""

from __future__ import annotations

ENCODE = "In the address write @ as %40, : as %3A, / as %2F and % as %25."

CAUSES: tuple[tuple[tuple[str, ...], str], ...] = (
    (
        ("certificate verify failed", "could not read root certificate", "root certificate file"),
        (
            "its certificate is not signed by the CA that sslrootcert in PASSPORT_DATABASE_URL "
            "names. Have sslrootcert name the file of the right CA, one that ComfyUI's user can"
            " read"
        ),
    ),
    (
        ("does not match host name",),
        (
            "its certificate is for another host name than the one in PASSPORT_DATABASE_URL. "
            "Write the name that the certificate has"
        ),
    ),
    (
        ("failed to resolve", "translate host name"),
        "no server has the host name in PASSPORT_DATABASE_URL. Correct the name, or see to the DNS",
    ),
    (
        ("connection refused", "no such file or directory"),
        (
            "nothing listens at the host and port in PASSPORT_DATABASE_URL. Start PostgreSQL "
            "there, have it listen (listen_addresses), or correct the address"
        ),
    ),
    (
        ("timeout expired", "timed out"),
        (
            "nothing answers at the host and port in PASSPORT_DATABASE_URL. See to the server, "
            "and to firewalls on the way"
        ),
    ),
    (
        ("password authentication failed", "no password supplied", "no such user"),
        (
            "it does not take the user and the password in PASSPORT_DATABASE_URL. Correct them. "
            + ENCODE.rstrip(".")
        ),
    ),
    (
        ("pg_hba.conf",),
        (
            "its pg_hba.conf does not let this machine, user and database in, or not without "
            "TLS. Add a line there, or sslmode=verify-full to PASSPORT_DATABASE_URL"
        ),
    ),
    (
        ("does not support ssl", "refused ssl"),
        (
            "it has no TLS, and sslmode in PASSPORT_DATABASE_URL asks for it. Switch TLS on at "
            "the server (ssl = on); leave sslmode out only where nobody else reads the network"
        ),
    ),
    (
        ("sslmode",),
        "sslmode in PASSPORT_DATABASE_URL is none that there is. Write sslmode=verify-full",
    ),
    (
        ("unsupported startup parameter",),
        (
            "the pooler does not take the “options” in PASSPORT_DATABASE_URL. Leave them out, "
            "and set the search_path with ALTER ROLE"
        ),
    ),
    (
        ("no such database", "does not exist"),
        (
            "it has no such database, or no such user. CREATE DATABASE there, or correct "
            "PASSPORT_DATABASE_URL"
        ),
    ),
    (
        ("invalid uri", "invalid connection option", "invalid integer", "bad value for"),
        (
            "there is a word after the ? in PASSPORT_DATABASE_URL that it does not know, or "
            "cannot have this value. Take it out"
        ),
    ),
)


def find_cause(text: str) -> str | None:
    """Return what is wrong and what to do, without a full stop; None when nobody can tell."""
    text = text.lower()
    return next((cause for words, cause in CAUSES if any(word in text for word in words)), None)
