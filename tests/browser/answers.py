"""Answers of Passport's routes, one for each state that the panel can show."""

from __future__ import annotations

from typing import Any

Answer = tuple[int, Any]
MASK = "comfyui-…wxyz"


def account(**fields: Any) -> dict[str, Any]:
    return {
        "id": "a1",
        "display_name": "Ada Practice",
        "email": "ada@practice.example",
        "email_verified": True,
        "pending_email": None,
        "role": "user",
        "has_password": True,
        **fields,
    }


ADA = account()
OWNER = account(role="owner")


def credential(state: str = "accepted", **fields: Any) -> dict[str, Any]:
    return {
        "service": "comfy",
        "profile": "default",
        "mask": MASK,
        "source": "account",
        "state": state,
        "cause": None,
        "holder": {"name": "Ada Practice", "email": "ada@practice.example"},
        "created_at": "2026-11-20T02:00:00Z",
        "checked_at": "2026-11-23T02:00:00Z",
        "last_used_at": None,
        **fields,
    }


def signed_in(shared: bool = False, account: Any = None, **of_credential: Any) -> Answer:
    stored = credential(**of_credential)
    return 200, {
        **SERVER,
        "signed_in": True,
        "account": account or ADA,
        "session": {
            "id": "s1",
            "created_at": "2026-11-23T02:00:00Z",
            "expires_at": "2026-12-23T02:00:00Z",
            "shared_computer": shared,
        },
        "credential": stored,
        "run": {"uses": "account", "mask": MASK},
    }


def method(**fields: Any) -> dict[str, Any]:
    return {
        "id": "api-key",
        "enabled": True,
        "reason": None,
        "needs_confirmation": False,
        **fields,
    }


def signed_out(uses: str = "none", **of_method: Any) -> Answer:
    """Only the API key works here: a plain connection from elsewhere."""
    return 200, {
        **SERVER,
        "signed_in": False,
        "account": None,
        "session": None,
        "methods": [NO_EMAIL_HERE, method(**of_method)],
        "credential": None,
        "run": {"uses": uses, "mask": MASK if uses == "machine" else None},
    }


def with_email(**of_status: Any) -> Answer:
    """Both ways to log in work."""
    status, body = signed_out()
    return status, {**body, "methods": [method(id="email"), method()], **of_status}


def registration(**fields: Any) -> dict[str, Any]:
    return {"mode": "open", "enabled": True, "reason": None, "needs": None, **fields}


NO_EMAIL_HERE = method(id="email", enabled=False, reason="insecure_connection")
SERVER = {
    "version": "0.1.0",
    "methods": [method(id="email"), method()],
    "registration": registration(),
    "mail": {"enabled": True},
    "has_owner": True,
    "warnings": [],
}


def without_key() -> Answer:
    status, body = signed_in()
    return status, {**body, "credential": None, "run": {"uses": "none", "mask": None}}


def warned(code: str, message: str) -> Answer:
    status, body = signed_out()
    return status, {**body, "warnings": [{"code": code, "message": message}]}


def failure(status: int, code: str, message: str) -> Answer:
    return status, {"error": {"code": code, "message": message, "details": {}}}


NOT_WRITABLE = "The data folder cannot be written. Make it writable and restart ComfyUI."

# What /passport/status answers, and what must then stand in the panel.
STATES: dict[str, tuple[Answer, str]] = {
    "signed out": (signed_out(), "Log in to this server"),
    "warned": (warned("other", "A warning of the server."), "A warning of the server."),
    "machine's key": (signed_out("machine"), "This machine has a default key"),
    "insecure": (signed_out(needs_confirmation=True), "This connection is not encrypted"),
    "closed": (signed_out(enabled=False), "not possible here"),
    "by email": (with_email(), "Forgot your password?"),
    "accepted": (signed_in(), "Accepted"),
    "shared computer": (signed_in(shared=True), "Shared computer"),
    "not checked": (signed_in(state="not_checked", cause="unreachable"), "not checked yet"),
    "refused": (signed_in(state="refused"), "Comfy refused this key"),
    "not permitted": (signed_in(state="not_permitted"), "does not allow API keys"),
    "unreadable": (signed_in(state="unreadable"), "cannot be decrypted"),
    "expired": (signed_in(state="expired"), "has expired"),
    "no key": (without_key(), "No key is stored"),
    "routes missing": ((404, "404: Not Found"), "Restart ComfyUI"),
    "server silent": ((502, "Bad gateway"), "does not answer"),
    "could not start": (failure(503, "data_folder_not_writable", NOT_WRITABLE), NOT_WRITABLE),
}

NODE_PACKS: Answer = (
    200,
    {
        "node_packs": [
            {"name": "fine-pack", "decision": "always", "decided_at": "2026-11-20T02:00:00Z"}
        ],
        "asked": [
            {"name": "new-pack", "asked_at": "2026-11-23T02:00:00Z", "node_types": ["NewNode"]}
        ],
    },
)
CHECKS: Answer = (
    200,
    {
        "checks": [
            {
                "id": "loopback",
                "state": "ok",
                "cause": "This browser is on ComfyUI's own machine.",
                "remedy": None,
                "details": {},
            },
            {
                "id": "reach:comfy_api",
                "state": "fail",
                "cause": "The name api.comfy.org is not known (DNS).",
                "remedy": "Look at this machine's DNS.",
                "details": {"origins": ["https://api.comfy.org"]},
            },
            {
                "id": "frontend_version",
                "state": "warn",
                "cause": "ComfyUI 0.33.0 wants frontend 1.49.6; 1.41.21 is served.",
                "remedy": "Install requirements.txt of ComfyUI again and restart it.",
                "details": {},
            },
            {
                "id": "clock",
                "state": "skipped",
                "cause": "The service did not tell its time.",
                "remedy": None,
                "details": {},
            },
        ],
        "most_important": "reach:comfy_api",
    },
)

BEN = {
    **account(id="a2", display_name="Ben Practice", email="ben@practice.example"),
    "email_verified": False,
}


def person(of: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Somebody in the owner's list."""
    return {
        **of,
        "state": "active",
        "created_at": "2026-11-01T02:00:00Z",
        "last_seen_at": "2026-11-23T02:00:00Z",
        "sessions": 1,
        "identities": ["password", "comfy-api-key"],
        **fields,
    }


def session(**fields: Any) -> dict[str, Any]:
    return {
        "id": "s1",
        "browser": "Chrome",
        "platform": "Linux",
        "address": "127.0.0.1",
        "method": "password",
        "created_at": "2026-11-20T02:00:00Z",
        "last_seen_at": "2026-11-23T02:00:00Z",
        "expires_at": "2026-12-20T02:00:00Z",
        "shared_computer": False,
        "current": False,
        **fields,
    }


def event(number: int, action: str, **details: Any) -> dict[str, Any]:
    return {
        "id": number,
        "at": "2026-11-23T02:00:00Z",
        "action": action,
        "address": "192.0.2.7",
        "browser": "Firefox",
        "platform": "Windows",
        "details": details,
        "account": {"id": "a1", "display_name": "Ada Practice", "email": "ada@practice.example"},
    }


# What the sections of somebody who is logged in ask for.
SECTIONS: dict[str, Answer] = {
    "account": (
        200,
        {
            "account": ADA,
            "identities": [{"kind": "password", "created_at": "2026-11-01T02:00:00Z"}],
        },
    ),
    "sessions": (
        200,
        {
            "sessions": [
                session(current=True),
                session(id="s2", browser="Firefox", platform="Windows", shared_computer=True),
            ]
        },
    ),
    "audit": (
        200,
        {
            "events": [
                event(9, "signed_in", method="password"),
                event(8, "password_changed"),
                event(7, "something_quite_new"),
            ],
            "next_before": 7,
        },
    ),
    "accounts": (
        200,
        {
            "accounts": [
                person(OWNER),
                person(BEN),
                person(ADA, id="a3", display_name=None, state="disabled", last_seen_at=None),
            ],
            "next_after": None,
        },
    ),
    "invitations": (
        200,
        {
            "invitations": [
                {
                    "id": "i1",
                    "email": None,
                    "created_at": "2026-11-20T02:00:00Z",
                    "expires_at": "2026-11-27T02:00:00Z",
                }
            ]
        },
    ),
    "mail": (
        200,
        {
            "enabled": True,
            "host": "smtp.practice.example",
            "port": 465,
            "security": "tls",
            "sender": "passport@practice.example",
            "waiting": 1,
            "problem": "The mail server refused the password.",
        },
    ),
    "providers": (200, {"providers": []}),
    "password-strength": (200, {"score": 3, "problem": None}),
}
