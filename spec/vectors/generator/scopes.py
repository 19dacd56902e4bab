"""scopes.json: what a permission covers. The server's own `covers` reads this file too. Must not know realms or roles."""

from __future__ import annotations

from .jose import Json

COVERS: list[tuple[str, str, bool]] = [
    ("invoices:read", "invoices:read", True),
    ("invoices:read", "invoices:write", False),
    ("invoices:read", "invoices:*", False),
    ("invoices:read", "Invoices:read", False),
    ("invoices:*", "invoices:read", True),
    ("invoices:*", "invoices:lines:read", True),
    ("invoices:*", "invoices:*", True),
    ("invoices:*", "invoices:lines:*", True),
    ("invoices:lines:*", "invoices:*", False),
    ("invoices:*", "invoices", False),
    ("invoices:*", "invoices:", False),
    ("invoices:*", "invoicesx:read", False),
    ("invoices:*", "customers:read", False),
    ("invoices:*", "*", False),
    ("invoices*", "invoices:read", False),
    ("invoices.*", "invoices.read", False),
    ("*:read", "invoices:read", False),
    ("*:*", "invoices:read", False),
    ("*:*", "*:read", True),
    (":*", ":read", False),
    (":*", ":*", True),
    ("*", "invoices:read", True),
    ("*", "invoices:*", True),
    ("*", "anything", True),
    ("*", "*", True),
    ("*", "profile", True),
    ("*", "openid", False),
    ("*", "offline_access", False),
    ("*", "grantd:clients:read", False),
    ("*", "grantd:*", False),
    ("*", "grantd:", False),
    ("*", "grantd", True),
    ("*", "grantdx:read", True),
    ("grantd:*", "grantd:clients:read", True),
    ("grantd:clients:*", "grantd:clients:read", True),
    ("grantd:clients:*", "grantd:tokens:read", False),
    ("openid", "openid", True),
    ("read:invoices", "read:invoices", True),
    ("read:*", "read:invoices", True),
    # What is wanted is one scope. A text with several is none, and nobody has it.
    ("invoices:*", "invoices:read customers:read", False),
    ("invoices:*", "invoices:read ", False),
    ("invoices:*", "invoices:\u00e4", False),
    ("invoices:*", 'invoices:"', False),
    ("invoices:*", "invoices:" + "x" * 248, False),
    ("*", "invoices:read openid", False),
    ("*", "invoices:read grantd:clients:read", False),
    ("*", " openid", False),
    ("*", "", False),
]

SETS: list[tuple[str, list[str], list[str]]] = [
    ("invoices:read customers:*", ["invoices:read"], []),
    ("invoices:read customers:*", ["customers:read", "customers:delete"], []),
    ("invoices:read customers:*", ["invoices:read", "invoices:write"], ["invoices:write"]),
    ("invoices:read customers:*", ["payments:refund", "invoices:write"], ["payments:refund", "invoices:write"]),
    ("*", ["invoices:read", "grantd:clients:read", "offline_access"], ["grantd:clients:read", "offline_access"]),
    ("", ["invoices:read"], ["invoices:read"]),
    ("", [], []),
]

PARSED: list[tuple[str, list[str] | None]] = [
    ("b a  b", ["b", "a"]),
    (" a ", ["a"]),
    ("", []),
    ("a,b", ["a,b"]),
    ("https://api.example.test/read", ["https://api.example.test/read"]),
    ("a\tb", None),
    ("a\nb", None),
    ('a"b', None),
    ("a\\b", None),
    ("a\u00a0b", None),
    ("\u00e9", None),
    ("x" * 256, ["x" * 256]),
    ("x" * 257, None),
]


def document() -> Json:
    return {
        "about": "Permissions and patterns: a:* is everything below a:, * is everything of the platform's own.",
        "covers": [{"held": held, "wanted": wanted, "covered": covered} for held, wanted, covered in COVERS],
        "missing": [{"held": held, "wanted": wanted, "missing": missing} for held, wanted, missing in SETS],
        "parse": [{"text": text, "scopes": scopes} for text, scopes in PARSED],
    }
