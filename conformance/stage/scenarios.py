"""A client program's half of the conversation that conversation.py describes, for programs in Python: scenarios that are
run one after the other, each told as it ends, and a person who opens addresses."""

import asyncio
import inspect
import json
import sys
import traceback

#: The conversation; what libraries print goes to standard error instead.
_OUT, sys.stdout = sys.stdout, sys.stderr


def _say(message):
    print(json.dumps(message), file=_OUT, flush=True)


def _hear():
    return json.loads(sys.stdin.readline())


#: What the suite knows: issuer, clients, keys. The first line that is said to a program.
SCENE = _hear()


def visit(url, until, decision="allow"):
    """A person opens an address, logs in and allows (or denies); where the browser was carried in the end."""
    _say({"visit": str(url), "until": str(until), "decision": decision})
    answer = _hear()
    assert "arrived" in answer, answer["stuck"]
    return answer["arrived"]


def play(*scenarios):
    """Runs scenarios, plain or asynchronous functions, and says what came of each; their names are the functions'."""
    for scenario in scenarios:
        name = scenario.__name__.replace("_", " ")
        try:
            if inspect.iscoroutinefunction(scenario):
                asyncio.run(scenario())
            else:
                scenario()
            _say({"passed": name})
        except BaseException:
            _say({"failed": name, "why": traceback.format_exc()})
    _say({"finished": len(scenarios)})
