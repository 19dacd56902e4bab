"""Writes the vectors, or with --check says whether those that are there are the ones it would write.

    python3 spec/vectors/generate.py [--check]

Needs the package `cryptography`. The same input gives the same bytes on every machine.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from generator import client, dpop, resource, scopes, tokens

HERE = Path(__file__).parent
FILES = {
    "tokens.json": tokens.document,
    "dpop.json": dpop.document,
    "scopes.json": scopes.document,
    "refresh.json": client.refresh,
    "cache-keys.json": client.cache_keys,
    "retries.json": client.retries,
    "challenges.json": resource.challenges,
    "introspection.json": resource.introspection,
    "status-list.json": resource.status_list,
}


def main(arguments: list[str]) -> int:
    stale = []
    for name, document in FILES.items():
        text = json.dumps(document(), indent=1, ensure_ascii=False) + "\n"
        path = HERE / name
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(name)
        if "--check" not in arguments:
            path.write_text(text, encoding="utf-8")
    print(f"{'stale' if '--check' in arguments else 'written'}: {', '.join(stale) or 'none'}")
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
