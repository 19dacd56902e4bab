// oauth4webapi: each step by hand, each answer checked by the library against the standard that defines it.

import assert from 'node:assert/strict';
import * as oauth from 'oauth4webapi';

const { play, scene, visit } = await import(`${process.env.STAGE}/scenarios.mjs`);

const issuer = new URL(scene.issuer);
const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer));
const CALLBACK = scene.callback;
const SCOPE = 'openid profile email offline_access orders:read';
const importKey = (jwk, usages) => crypto.subtle.importKey('jwk', jwk, { name: 'ECDSA', namedCurve: 'P-256' }, false, usages);
const signingKey = await importKey(scene.keys.signer, ['sign']);

/** Each way of client authentication: a client that is registered for it, and how the library does it. */
const WAYS = {
    none: [scene.clients.app, oauth.None()],
    client_secret_basic: [scene.clients.web, oauth.ClientSecretBasic(scene.clients.web.client_secret)],
    client_secret_post: [scene.clients.post, oauth.ClientSecretPost(scene.clients.post.client_secret)],
    private_key_jwt: [scene.clients.signer, oauth.PrivateKeyJwt(signingKey)],
};

async function parametersFor(client, more = {}) {
    const verifier = oauth.generateRandomCodeVerifier();
    const state = oauth.generateRandomState();
    const nonce = oauth.generateRandomNonce();
    const parameters = {
        client_id: client.client_id,
        redirect_uri: CALLBACK,
        response_type: 'code',
        scope: SCOPE,
        state,
        nonce,
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        ...more,
    };
    return { parameters, verifier, state, nonce };
}

/** The address for the browser with these parameters in it. */
function authorizeUrl(parameters) {
    return `${as.authorization_endpoint}?${new URLSearchParams(parameters)}`;
}

/** From the browser's answer to checked tokens. */
async function redeem(client, way, answer, { verifier, nonce }, options) {
    const send = () => oauth.authorizationCodeGrantRequest(as, client, way, answer, CALLBACK, verifier, options);
    const check = response =>
        oauth.processAuthorizationCodeResponse(as, client, response, { expectedNonce: nonce, requireIdToken: true });
    const { result, response } = await withNonce(send, check);
    await oauth.validateApplicationLevelSignature(as, response);
    return result;
}

/** Sends, and sends again when the server asks for a proof with a nonce (RFC 9449, section 8). */
async function withNonce(send, check) {
    const first = await send();
    try {
        return { result: await check(first), response: first };
    } catch (error) {
        if (!oauth.isDPoPNonceError(error)) throw error;
    }
    const second = await send();
    return { result: await check(second), response: second };
}

async function login(client, way, { options, more, url = authorizeUrl } = {}) {
    const begun = await parametersFor(client, more);
    const arrived = await visit(await url(begun.parameters), CALLBACK);
    const answer = oauth.validateAuthResponse(as, client, arrived, begun.state);
    return redeem(client, way, answer, begun, options);
}

const refresh = async (client, way, token, options) =>
    (
        await withNonce(
            () => oauth.refreshTokenGrantRequest(as, client, way, token, options),
            response => oauth.processRefreshTokenResponse(as, client, response),
        )
    ).result;

const introspect = async (token, [client, way]) =>
    oauth.processIntrospectionResponse(as, client, await oauth.introspectionRequest(as, client, way, token));

const API = [scene.clients.api, oauth.ClientSecretBasic(scene.clients.api.client_secret)];

const scenarios = {
    'discovery by RFC 8414 says the same': async () => {
        const plain = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2' });
        assert.equal((await oauth.processDiscoveryResponse(issuer, plain)).token_endpoint, as.token_endpoint);
    },
    'the resource describes itself (RFC 9728)': async () => {
        const resource = new URL(scene.resource);
        const described = await oauth.processResourceDiscoveryResponse(resource, await oauth.resourceDiscoveryRequest(resource));
        assert.deepEqual(described.authorization_servers, [scene.issuer]);
    },
};

for (const [name, [client, way]] of Object.entries(WAYS)) {
    scenarios[`${name}: code, ID token, userinfo, refresh, introspection, revocation`] = async () => {
        const tokens = await login(client, way);
        const claims = oauth.getValidatedIdTokenClaims(tokens);
        const userinfo = await oauth.processUserInfoResponse(
            as,
            client,
            claims.sub,
            await oauth.userInfoRequest(as, client, tokens.access_token),
        );
        assert.equal(userinfo.email, 'ada@example.com');
        const refreshed = await refresh(client, way, tokens.refresh_token);
        assert.notEqual(refreshed.access_token, tokens.access_token);
        assert.equal(oauth.getValidatedIdTokenClaims(refreshed).sub, claims.sub);
        assert.equal((await introspect(refreshed.access_token, API)).active, true);
        if (name !== 'none') assert.equal((await introspect(refreshed.refresh_token, [client, way])).active, true);
        const revoked = await oauth.revocationRequest(as, client, way, refreshed.refresh_token);
        await oauth.processRevocationResponse(revoked);
        assert.deepEqual(await introspect(refreshed.access_token, API), { active: false });
        await assert.rejects(refresh(client, way, refreshed.refresh_token), { error: 'invalid_grant' });
    };
    if (name === 'none') continue;
    scenarios[`${name}: client credentials`] = async () => {
        const response = await oauth.clientCredentialsGrantRequest(as, client, way, { scope: 'orders:read' });
        const tokens = await oauth.processClientCredentialsResponse(as, client, response);
        assert.equal(tokens.scope, 'orders:read');
        assert.equal(tokens.refresh_token, undefined);
    };
}

for (const [name, [client, way]] of Object.entries(WAYS)) {
    scenarios[`${name}: the request is pushed`] = async () => {
        const url = async parameters => {
            const response = await oauth.pushedAuthorizationRequest(as, client, way, parameters);
            const { request_uri } = await oauth.processPushedAuthorizationResponse(as, client, response);
            return authorizeUrl({ client_id: client.client_id, request_uri });
        };
        await login(client, way, { url });
    };
}

const [signer, signerWay] = WAYS.private_key_jwt;
const signed = async parameters => ({
    client_id: signer.client_id,
    request: await oauth.issueRequestObject(as, signer, parameters, signingKey),
});

const dpop = async () => oauth.DPoP({}, await oauth.generateKeyPair('ES256'));

Object.assign(scenarios, {
    'each algorithm that is offered for assertions and request objects works': async () => {
        const offered = as.token_endpoint_auth_signing_alg_values_supported;
        assert.deepEqual(as.request_object_signing_alg_values_supported, offered);
        for (const alg of offered) {
            const pair = await oauth.generateKeyPair(alg);
            const jwk = { ...(await crypto.subtle.exportKey('jwk', pair.publicKey)), kid: alg };
            const registered = await oauth.dynamicClientRegistrationRequest(as, {
                client_name: alg,
                redirect_uris: [CALLBACK],
                token_endpoint_auth_method: 'private_key_jwt',
                jwks: { keys: [jwk] },
            });
            const client = await oauth.processDynamicClientRegistrationResponse(registered);
            const key = { key: pair.privateKey, kid: alg };
            const { parameters } = await parametersFor(client);
            const request = await oauth.issueRequestObject(as, client, parameters, key);
            const pushed = await oauth.pushedAuthorizationRequest(as, client, oauth.PrivateKeyJwt(key), {
                client_id: client.client_id,
                request,
            });
            await oauth.processPushedAuthorizationResponse(as, client, pushed).catch(cause => {
                throw new Error(alg, { cause });
            });
        }
    },
    'each algorithm that is offered for proofs works': async () => {
        const [client, way] = WAYS.private_key_jwt;
        for (const alg of as.dpop_signing_alg_values_supported) {
            const DPoP = oauth.DPoP({}, await oauth.generateKeyPair(alg));
            const { result } = await withNonce(
                () => oauth.clientCredentialsGrantRequest(as, client, way, { scope: 'orders:read' }, { DPoP }),
                response => oauth.processClientCredentialsResponse(as, client, response),
            );
            assert.equal((await introspect(result.access_token, API)).cnf.jkt, await DPoP.calculateThumbprint(), alg);
        }
    },
    'the answer is posted': async () => {
        const [client, way] = WAYS.client_secret_basic;
        const begun = await parametersFor(client, { response_mode: 'form_post' });
        const posted = (await visit(authorizeUrl(begun.parameters), CALLBACK)).searchParams;
        await redeem(client, way, oauth.validateAuthResponse(as, client, posted, begun.state), begun);
    },
    'somebody who is logged in already is not asked again': async () => {
        const [client, way] = WAYS.client_secret_basic;
        const first = oauth.getValidatedIdTokenClaims(await login(client, way));
        const begun = await parametersFor(client, { prompt: 'none' });
        const arrived = await visit(authorizeUrl(begun.parameters), CALLBACK, { again: true });
        const tokens = await redeem(client, way, oauth.validateAuthResponse(as, client, arrived, begun.state), begun);
        const second = oauth.getValidatedIdTokenClaims(tokens);
        assert.deepEqual([second.sub, second.sid, second.auth_time], [first.sub, first.sid, first.auth_time]);
    },
    'the request is signed': () => login(signer, signerWay, { url: async parameters => authorizeUrl(await signed(parameters)) }),
    'the request is signed and pushed': async () => {
        const url = async parameters => {
            const response = await oauth.pushedAuthorizationRequest(as, signer, signerWay, await signed(parameters));
            const { request_uri } = await oauth.processPushedAuthorizationResponse(as, signer, response);
            return authorizeUrl({ client_id: signer.client_id, request_uri });
        };
        await login(signer, signerWay, { url });
    },
    'tokens are bound to a key, with nonces': async () => {
        for (const [client, way] of [WAYS.none, WAYS.private_key_jwt]) {
            const DPoP = await dpop();
            const tokens = await login(client, way, { options: { DPoP } });
            assert.equal(tokens.token_type, 'dpop');
            const told = await introspect(tokens.access_token, API);
            assert.equal(told.cnf.jkt, await DPoP.calculateThumbprint());
            const { result } = await withNonce(
                () => oauth.userInfoRequest(as, client, tokens.access_token, { DPoP }),
                response => oauth.processUserInfoResponse(as, client, told.sub, response),
            );
            assert.equal(result.sub, told.sub);
            assert.equal((await refresh(client, way, tokens.refresh_token, { DPoP })).token_type, 'dpop');
        }
    },
    'a bound refresh token is no good with another key': async () => {
        const [client, way] = WAYS.none;
        const tokens = await login(client, way, { options: { DPoP: await dpop() } });
        await assert.rejects(refresh(client, way, tokens.refresh_token, { DPoP: await dpop() }), { error: 'invalid_grant' });
    },
    'a pushed request with a proof binds the code': async () => {
        const [client, way] = WAYS.private_key_jwt;
        const DPoP = await dpop();
        const url = async parameters => {
            const { result } = await withNonce(
                () => oauth.pushedAuthorizationRequest(as, client, way, parameters, { DPoP }),
                response => oauth.processPushedAuthorizationResponse(as, client, response),
            );
            return authorizeUrl({ client_id: client.client_id, request_uri: result.request_uri });
        };
        await assert.rejects(login(client, way, { url }), { error: /invalid_grant|invalid_dpop_proof/ });
        assert.equal((await login(client, way, { url, options: { DPoP } })).token_type, 'dpop');
    },
    'an API checks the access token as RFC 9068 says': async () => {
        const [client, way] = WAYS.client_secret_basic;
        const tokens = await login(client, way);
        const call = new Request(scene.resource, { headers: { authorization: `Bearer ${tokens.access_token}` } });
        const claims = await oauth.validateJwtAccessToken(as, call, scene.resource);
        assert.equal(claims.client_id, client.client_id);
        await assert.rejects(oauth.validateJwtAccessToken(as, call, 'https://elsewhere.example'));
    },
    'an API checks a bound access token and its proof': async () => {
        const [client, way] = WAYS.none;
        const DPoP = await dpop();
        const tokens = await login(client, way, { options: { DPoP } });
        let call;
        const customFetch = async (url, init) => {
            call = new Request(url, { method: init.method, headers: init.headers });
            return new Response();
        };
        const url = new URL(scene.resource);
        await oauth.protectedResourceRequest(tokens.access_token, 'GET', url, undefined, undefined, {
            DPoP,
            [oauth.customFetch]: customFetch,
        });
        const claims = await oauth.validateJwtAccessToken(as, call, scene.resource, { requireDPoP: true });
        assert.equal(claims.cnf.jkt, await DPoP.calculateThumbprint());
    },
    'a client registers itself and is used': async () => {
        const metadata = {
            client_name: 'Registered',
            redirect_uris: [CALLBACK],
            token_endpoint_auth_method: 'client_secret_basic',
            grant_types: ['authorization_code', 'refresh_token'],
        };
        const response = await oauth.dynamicClientRegistrationRequest(as, metadata);
        const client = await oauth.processDynamicClientRegistrationResponse(response);
        await login(client, oauth.ClientSecretBasic(client.client_secret));
    },
    'nobody is at the screen: prompt=none without a session': async () => {
        const [client] = WAYS.client_secret_basic;
        const begun = await parametersFor(client, { prompt: 'none' });
        const arrived = await visit(authorizeUrl(begun.parameters), CALLBACK);
        assert.throws(() => oauth.validateAuthResponse(as, client, arrived, begun.state), { error: 'login_required' });
    },
    'a person who says no': async () => {
        const [client] = WAYS.client_secret_basic;
        // Asked once more, although this application was allowed before.
        const begun = await parametersFor(client, { prompt: 'consent' });
        const arrived = await visit(authorizeUrl(begun.parameters), CALLBACK, { decision: 'deny' });
        assert.throws(() => oauth.validateAuthResponse(as, client, arrived, begun.state), { error: 'access_denied' });
    },
    'a code works once, and a replay ends what came of it': async () => {
        const [client, way] = WAYS.client_secret_basic;
        const begun = await parametersFor(client);
        const arrived = await visit(authorizeUrl(begun.parameters), CALLBACK);
        const answer = oauth.validateAuthResponse(as, client, arrived, begun.state);
        const tokens = await redeem(client, way, answer, begun);
        await assert.rejects(redeem(client, way, answer, begun), { error: 'invalid_grant' });
        assert.deepEqual(await introspect(tokens.access_token, API), { active: false });
    },
    'a wrong secret is invalid_client, with the challenge of the scheme that was tried': async () => {
        const [client] = WAYS.client_secret_basic;
        const response = await oauth.clientCredentialsGrantRequest(as, client, oauth.ClientSecretBasic('wrong'), {});
        await assert.rejects(oauth.processClientCredentialsResponse(as, client, response), error => {
            assert(error instanceof oauth.WWWAuthenticateChallengeError || error.error === 'invalid_client', error);
            assert.equal(error.status ?? error.response.status, 401);
            return true;
        });
    },
    'max_age, login_hint, ui_locales and acr are understood': async () => {
        const [client, way] = WAYS.client_secret_basic;
        const tokens = await login(client, way, { more: { max_age: '0', login_hint: 'ada', ui_locales: 'de ja' } });
        assert.equal(typeof oauth.getValidatedIdTokenClaims(tokens).auth_time, 'number');
    },
});

await play(scenarios);
