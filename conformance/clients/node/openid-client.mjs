// openid-client: what an application writes that leaves the protocol to a library.

import assert from 'node:assert/strict';
import * as client from 'openid-client';

const { play, scene, visit } = await import(`${process.env.STAGE}/scenarios.mjs`);

const issuer = new URL(scene.issuer);
const SCOPE = 'openid profile email offline_access orders:read';
const signingKey = await crypto.subtle.importKey(
    'jwk',
    scene.keys.signer,
    { name: 'ECDSA', namedCurve: 'P-256' },
    false,
    ['sign'],
);

const discover = (registered, way) => client.discovery(issuer, registered.client_id, undefined, way);
const { app, web, post, signer, api, service, billing } = scene.clients;

/** An application for each way of client authentication. */
const APPLICATIONS = {
    none: await discover(app, client.None()),
    client_secret_basic: await discover(web, client.ClientSecretBasic(web.client_secret)),
    client_secret_post: await discover(post, client.ClientSecretPost(post.client_secret)),
    private_key_jwt: await discover(signer, client.PrivateKeyJwt(signingKey)),
};
const API = await discover(api, client.ClientSecretBasic(api.client_secret));

/** From nothing to tokens: `build` makes the address, as the library offers several ways. */
async function login(config, { build = client.buildAuthorizationUrl, more, options } = {}) {
    const pkceCodeVerifier = client.randomPKCECodeVerifier();
    const expectedState = client.randomState();
    const expectedNonce = client.randomNonce();
    const url = await build(config, {
        redirect_uri: scene.callback,
        scope: SCOPE,
        state: expectedState,
        nonce: expectedNonce,
        code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
        code_challenge_method: 'S256',
        ...more,
    });
    const arrived = await visit(url, scene.callback);
    const checks = { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true };
    return client.authorizationCodeGrant(config, arrived, checks, undefined, options);
}

const scenarios = {};

for (const [name, config] of Object.entries(APPLICATIONS)) {
    client.enableNonRepudiationChecks(config);
    scenarios[`${name}: code, ID token, userinfo, refresh, revocation`] = async () => {
        const tokens = await login(config);
        const { sub, email } = await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
        assert.deepEqual([sub, email], [tokens.claims().sub, 'ada@example.com']);
        const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token, { scope: 'openid orders:read' });
        assert.deepEqual(refreshed.scope.split(' ').sort(), ['openid', 'orders:read']);
        assert.equal((await client.tokenIntrospection(API, refreshed.access_token)).active, true);
        await client.tokenRevocation(config, refreshed.refresh_token);
        assert.equal((await client.tokenIntrospection(API, refreshed.access_token)).active, false);
    };
    scenarios[`${name}: the request is pushed`] = () => login(config, { build: client.buildAuthorizationUrlWithPAR });
    scenarios[`${name}: tokens are bound to a key, with nonces`] = async () => {
        const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256'));
        const tokens = await login(config, { options: { DPoP } });
        assert.equal(tokens.token_type, 'dpop');
        await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub, { DPoP });
        const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP });
        assert.equal(refreshed.token_type, 'dpop');
    };
    if (name === 'none') continue;
    scenarios[`${name}: client credentials`] = async () => {
        const tokens = await client.clientCredentialsGrant(config, { scope: 'orders:read', resource: scene.resource });
        assert.equal((await client.tokenIntrospection(API, tokens.access_token)).aud, scene.resource);
    };
}

Object.assign(scenarios, {
    'the request is signed': () =>
        login(APPLICATIONS.private_key_jwt, {
            build: (config, parameters) => client.buildAuthorizationUrlWithJAR(config, parameters, signingKey),
        }),
    'everything at once: signed, pushed, bound': async () => {
        const config = APPLICATIONS.private_key_jwt;
        const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256'));
        const build = async (config, parameters) => {
            const signed = await client.buildAuthorizationUrlWithJAR(config, parameters, signingKey);
            return client.buildAuthorizationUrlWithPAR(config, signed.searchParams, { DPoP });
        };
        assert.equal((await login(config, { build, options: { DPoP } })).token_type, 'dpop');
    },
    'a client registers itself, held to what it says': async () => {
        const config = await client.dynamicClientRegistration(
            issuer,
            {
                client_name: 'Registered',
                redirect_uris: [scene.callback],
                grant_types: ['authorization_code', 'refresh_token'],
                dpop_bound_access_tokens: true,
                require_pushed_authorization_requests: true,
            },
            client.ClientSecretBasic(),
        );
        const metadata = config.clientMetadata();
        assert.equal(metadata.dpop_bound_access_tokens, true);
        assert.equal(metadata.require_pushed_authorization_requests, true);
        const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256'));
        const bound = await login(config, { build: client.buildAuthorizationUrlWithPAR, options: { DPoP } });
        assert.equal(bound.token_type, 'dpop');
        await assert.rejects(login(config, { build: client.buildAuthorizationUrlWithPAR }), { error: /dpop|invalid/ });
        await assert.rejects(login(config, { options: { DPoP } }));
    },
    'a person logs out by the application': async () => {
        const home = 'https://app.example/';
        const config = await client.dynamicClientRegistration(
            issuer,
            {
                client_name: 'Logs out',
                redirect_uris: [scene.callback],
                post_logout_redirect_uris: [home],
                token_endpoint_auth_method: 'none',
            },
            client.None(),
        );
        const { id_token } = await login(config);
        const state = client.randomState();
        const url = client.buildEndSessionUrl(config, { id_token_hint: id_token, post_logout_redirect_uri: home, state });
        const arrived = await visit(url, home, { again: true });
        assert.equal(arrived.searchParams.get('state'), state);
        const silent = client.buildAuthorizationUrl(APPLICATIONS.none, {
            redirect_uri: scene.callback,
            scope: 'openid',
            prompt: 'none',
            code_challenge: await client.calculatePKCECodeChallenge(client.randomPKCECodeVerifier()),
            code_challenge_method: 'S256',
        });
        const nobody = await visit(silent, scene.callback, { again: true });
        assert.equal(nobody.searchParams.get('error'), 'login_required');
    },
    'a device without a browser, which polls while its user allows': async () => {
        const config = APPLICATIONS.none;
        const told = await client.initiateDeviceAuthorization(config, { scope: SCOPE });
        const polling = client.pollDeviceAuthorizationGrant(config, told);
        await visit(told.verification_uri_complete);
        const tokens = await polling;
        assert.equal((await client.tokenIntrospection(API, tokens.access_token)).active, true);
        assert((await client.refreshTokenGrant(config, tokens.refresh_token)).access_token);
    },
    'a device whose user says no': async () => {
        const config = APPLICATIONS.none;
        const told = await client.initiateDeviceAuthorization(config, { scope: SCOPE });
        await visit(told.verification_uri_complete, undefined, { decision: 'deny' });
        await assert.rejects(client.pollDeviceAuthorizationGrant(config, told), { error: 'access_denied' });
    },
    'a service exchanges the token that it was called with': async () => {
        const config = await discover(service, client.ClientSecretBasic(service.client_secret));
        const BILLING = await discover(billing, client.ClientSecretBasic(billing.client_secret));
        const access = 'urn:ietf:params:oauth:token-type:access_token';
        const called = await login(APPLICATIONS.none);
        const exchange = (more = {}) =>
            client.genericGrantRequest(config, 'urn:ietf:params:oauth:grant-type:token-exchange', {
                subject_token: called.access_token,
                subject_token_type: access,
                resource: `${scene.issuer}/billing`,
                ...more,
            });
        const exchanged = await exchange();
        assert.deepEqual([exchanged.issued_token_type, exchanged.scope], [access, 'orders:read']);
        const told = await client.tokenIntrospection(BILLING, exchanged.access_token);
        assert.deepEqual([told.sub, told.act.sub], [called.claims().sub, service.client_id]);
        await assert.rejects(exchange({ resource: scene.resource }), { error: 'invalid_target' });
        await client.tokenRevocation(APPLICATIONS.none, called.refresh_token);
        assert.equal((await client.tokenIntrospection(BILLING, exchanged.access_token)).active, false);
        await assert.rejects(exchange(), { error: /invalid_(grant|request)/ });
    },
    'an OAuth-only discovery': async () => {
        const config = await client.discovery(issuer, app.client_id, undefined, client.None(), { algorithm: 'oauth2' });
        await login(config);
    },
    'an error of the token endpoint is told as the standard spells it': async () => {
        const config = APPLICATIONS.client_secret_basic;
        await assert.rejects(client.refreshTokenGrant(config, 'unknown'), { error: 'invalid_grant', status: 400 });
        await assert.rejects(client.clientCredentialsGrant(config, { scope: 'no:such' }), { error: 'invalid_scope' });
        await assert.rejects(client.genericGrantRequest(config, 'urn:example:none', {}), { error: 'unsupported_grant_type' });
    },
    'max_age is checked against the ID token': async () => {
        const pkceCodeVerifier = client.randomPKCECodeVerifier();
        const config = APPLICATIONS.none;
        const url = client.buildAuthorizationUrl(config, {
            redirect_uri: scene.callback,
            scope: 'openid',
            max_age: '300',
            prompt: 'login consent',
            code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
            code_challenge_method: 'S256',
        });
        const tokens = await client.authorizationCodeGrant(config, await visit(url, scene.callback), { pkceCodeVerifier, maxAge: 300 });
        assert.equal(typeof tokens.claims().auth_time, 'number');
    },
});

await play(scenarios);
