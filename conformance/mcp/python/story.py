"""What an MCP client lives through with an authorization server, told once for both generations of the SDK for Python,
whichever is installed. A generation hands over how it connects, how an answer of the browser looks to it, and what it
spells in its own way."""

import urllib.parse

from mcp.client.auth import OAuthClientProvider
from mcp.client.auth.extensions.client_credentials import (
    ClientCredentialsOAuthProvider,
    PrivateKeyJWTOAuthProvider,
    SignedJWTParameters,
)
from mcp.shared.auth import OAuthClientMetadata

from scenarios import SCENE, visit

CALLBACK = "http://localhost:38765/callback"


class Keeping:
    """Where a client keeps what it has, as an application would."""

    def __init__(self):
        self.tokens = self.information = None

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens

    async def get_client_info(self):
        return self.information

    async def set_client_info(self, information):
        self.information = information


class Person:
    """The browser that the SDK sends away, and what it comes back with."""

    def __init__(self, answer, decision="allow"):
        self.answer, self.decision, self.asked = answer, decision, []

    async def go(self, url):
        self.asked.append(dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query)))
        assert self.asked[-1]["resource"] == SCENE["resource"], url
        self.arrived = visit(url, CALLBACK, self.decision)

    async def come_back(self):
        arrived = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.arrived).query))
        assert arrived["iss"] == SCENE["issuer"], arrived
        assert "error" not in arrived, arrived["error"]
        return self.answer(arrived)


class Story:
    """The scenarios."""

    def __init__(self, connect, answer, scope_argument, machine_methods):
        self.connect, self.answer = connect, answer
        self.scope_argument, self.machine_methods = scope_argument, machine_methods

    def begin(self, method="none", decision="allow", keeping=None):
        person = Person(self.answer, decision)
        metadata = OAuthClientMetadata(
            client_name="Conformance agent",
            redirect_uris=[CALLBACK],
            grant_types=["authorization_code", "refresh_token"],
            response_types=["code"],
            token_endpoint_auth_method=method,
        )
        keeping = keeping or Keeping()
        provider = OAuthClientProvider(
            server_url=SCENE["resource"],
            client_metadata=metadata,
            storage=keeping,
            redirect_handler=person.go,
            callback_handler=person.come_back,
        )
        return provider, keeping, person

    async def read(self, provider):
        async with self.connect(provider) as call:
            assert await call("read", {}) == "milk, eggs"

    async def a_401_leads_to_registration_login_and_a_tool(self):
        provider, keeping, person = self.begin()
        await self.read(provider)
        assert len(person.asked) == 1 and person.asked[0]["code_challenge_method"] == "S256"
        assert keeping.information.client_id and keeping.tokens.refresh_token
        scopes = keeping.tokens.scope.split()
        assert "notes:read" in scopes and "notes:write" not in scopes, scopes

    async def a_confidential_client_registers_and_authenticates_by_basic(self):
        provider, keeping, _ = self.begin("client_secret_basic")
        await self.read(provider)
        assert keeping.information.client_secret

    async def a_confidential_client_registers_and_authenticates_in_the_body(self):
        provider, keeping, _ = self.begin("client_secret_post")
        await self.read(provider)
        assert keeping.information.client_secret

    async def a_token_that_is_over_is_refreshed_without_the_person(self):
        provider, keeping, person = self.begin()
        async with self.connect(provider) as call:
            await call("read", {})
            before = keeping.tokens
            provider.context.token_expiry_time = 1
            assert await call("read", {}) == "milk, eggs"
        assert len(person.asked) == 1
        assert keeping.tokens.access_token != before.access_token
        assert keeping.tokens.refresh_token != before.refresh_token

    async def a_client_that_comes_back_goes_on_with_what_it_kept(self):
        provider, keeping, _ = self.begin()
        await self.read(provider)
        again, _, person = self.begin(keeping=keeping)
        await self.read(again)
        assert person.asked == []

    async def a_refresh_token_that_is_no_good_leads_back_to_the_person(self):
        provider, keeping, person = self.begin()
        async with self.connect(provider) as call:
            await call("read", {})
            provider.context.current_tokens.refresh_token = "gone"
            provider.context.current_tokens.access_token = "gone"
            provider.context.token_expiry_time = 1
            assert await call("read", {}) == "milk, eggs"
        assert len(person.asked) == 2

    async def a_tool_that_needs_more_asks_the_person_once_more(self):
        provider, keeping, person = self.begin()
        async with self.connect(provider) as call:
            await call("read", {})
            assert await call("append", {"note": "bread"}) == "milk, eggs, bread"
            assert await call("read", {}) == "milk, eggs"
        assert len(person.asked) == 2 and "notes:write" in person.asked[1]["scope"]
        assert "notes:write" in keeping.tokens.scope.split()

    async def a_person_who_says_no(self):
        provider, keeping, _ = self.begin(decision="deny")
        try:
            await self.read(provider)
        except BaseException as error:
            assert "access_denied" in told(error), told(error)
        else:
            raise AssertionError("connected all the same")
        assert keeping.tokens is None

    async def a_machine_with_a_secret(self):
        client = SCENE["clients"]["machine"]
        for method in self.machine_methods:
            await self.read(
                ClientCredentialsOAuthProvider(
                    server_url=SCENE["resource"],
                    storage=Keeping(),
                    client_id=client["client_id"],
                    client_secret=client["client_secret"],
                    token_endpoint_auth_method=method,
                    **self.asking("notes:read"),
                    issuer=SCENE["issuer"],
                )
            )

    async def a_machine_with_a_key(self):
        client_id = SCENE["clients"]["signer"]["client_id"]
        signing = SignedJWTParameters(
            issuer=client_id, subject=client_id, signing_key=SCENE["keys"]["signer_pem"], signing_algorithm="ES256"
        )
        await self.read(
            PrivateKeyJWTOAuthProvider(
                server_url=SCENE["resource"],
                storage=Keeping(),
                client_id=client_id,
                assertion_provider=signing.create_assertion_provider(),
                **self.asking("notes:read"),
                issuer=SCENE["issuer"],
            )
        )

    def asking(self, scope):
        """How the machines' classes spell the scope that they ask for."""
        return {self.scope_argument: scope}

    def scenarios(self):
        return [getattr(self, name) for name in vars(type(self)) if name.startswith("a_")]


def told(error):
    """What an error says, with all that it is made of."""
    inner = getattr(error, "exceptions", ())
    return " ".join([str(error), *map(told, inner)] + ([told(error.__cause__)] if error.__cause__ else []))
