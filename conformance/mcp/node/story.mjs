// What an MCP client lives through with an authorization server, told once for both generations of the SDK for
// TypeScript. Each generation hands over its own classes.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';

const { scene, visit } = await import(`${process.env.STAGE}/scenarios.mjs`);

const CALLBACK = 'http://localhost:38765/callback';

/** Where a client keeps what it has, as an application would; nothing is remembered between scenarios. */
export class Keeping {
    constructor(metadata = {}, more = {}) {
        this.redirectUrl = CALLBACK;
        this.clientMetadata = {
            client_name: 'Conformance agent',
            redirect_uris: [CALLBACK],
            grant_types: ['authorization_code', 'refresh_token'],
            response_types: ['code'],
            token_endpoint_auth_method: 'none',
            ...metadata,
        };
        this.registrations = 0;
        Object.assign(this, more);
    }
    state() {
        return (this.expectedState = randomUUID());
    }
    clientInformation() {
        return this.information;
    }
    saveClientInformation(information) {
        this.registrations += 1;
        this.information = information;
    }
    tokens() {
        return this.kept;
    }
    saveTokens(tokens) {
        this.kept = tokens;
    }
    redirectToAuthorization(url) {
        this.asked = url;
    }
    saveCodeVerifier(verifier) {
        this.verifier = verifier;
    }
    codeVerifier() {
        return this.verifier;
    }
    invalidateCredentials(what) {
        if (what === 'all' || what === 'client') this.information = undefined;
        if (what === 'all' || what === 'tokens') this.kept = undefined;
    }
}

export function story({ Client, StreamableHTTPClientTransport, UnauthorizedError, ClientCredentialsProvider, PrivateKeyJwtProvider, stepUp }) {
    const url = new URL(scene.resource);
    const transportFor = provider => new StreamableHTTPClientTransport(url, { authProvider: provider });
    const newClient = () => new Client({ name: 'conformance', version: '1.0.0' }, {});

    async function connected(provider) {
        const transport = transportFor(provider);
        const client = newClient();
        await client.connect(transport);
        return { client, transport };
    }

    /** The person allows; the client gets its tokens. */
    async function finish(provider, transport, more) {
        assert.equal(provider.asked.searchParams.get('resource'), scene.resource);
        assert.equal(provider.asked.searchParams.get('code_challenge_method'), 'S256');
        const arrived = (await visit(provider.asked, CALLBACK, more)).searchParams;
        assert.equal(arrived.get('state'), provider.expectedState);
        assert.equal(arrived.get('iss'), scene.issuer);
        if (arrived.has('error')) return arrived.get('error');
        // The second generation checks the issuer of the answer itself; the first knows codes only.
        await transport.finishAuth(transport.finishAuth.length > 1 ? arrived : arrived.get('code'));
        provider.asked = undefined;
    }

    /** From nothing to a connected client: refused, registered, logged in, connected. */
    async function login(provider) {
        const transport = transportFor(provider);
        await assert.rejects(newClient().connect(transport), UnauthorizedError);
        assert(provider.asked, 'the SDK asks for the person');
        await finish(provider, transport);
        return connected(provider);
    }

    async function reads(client) {
        const result = await client.callTool({ name: 'read', arguments: {} });
        assert.equal(result.content[0].text, 'milk, eggs', JSON.stringify(result));
    }

    const scopes = provider => provider.kept.scope.split(' ').sort();

    return {
        'a 401 leads to registration, login and a tool': async () => {
            const provider = new Keeping();
            const { client } = await login(provider);
            await reads(client);
            assert.equal(provider.registrations >= 1, true);
            assert.equal(scopes(provider).includes('notes:read'), true);
            assert.equal(scopes(provider).includes('notes:write'), false, 'no more than the challenge said');
            assert(provider.kept.refresh_token);
            await client.close();
        },
        'the same registration is the same client': async () => {
            const first = new Keeping();
            const second = new Keeping();
            await login(first);
            await login(second);
            assert.equal(first.information.client_id, second.information.client_id);
        },
        'a confidential client registers and authenticates by basic': async () => {
            const provider = new Keeping({ token_endpoint_auth_method: 'client_secret_basic' });
            const { client } = await login(provider);
            assert(provider.information.client_secret);
            await reads(client);
        },
        'a confidential client registers and authenticates in the body': async () => {
            const provider = new Keeping({ token_endpoint_auth_method: 'client_secret_post' });
            const { client } = await login(provider);
            assert(provider.information.client_secret);
            await reads(client);
        },
        'a refused token is refreshed without the person': async () => {
            const provider = new Keeping();
            const { client } = await login(provider);
            const before = provider.kept;
            provider.kept = { ...before, access_token: 'no-longer-good' };
            await reads(client);
            assert.equal(provider.asked, undefined);
            assert.notEqual(provider.kept.access_token, before.access_token);
            assert.notEqual(provider.kept.refresh_token, before.refresh_token);
            assert.deepEqual(scopes(provider), before.scope.split(' ').sort());
        },
        'an agent in several processes refreshes at once': async () => {
            const first = new Keeping();
            await login(first);
            // A process sees what the others keep between its rounds: one that read the newest token while another is still
            // on its way with the one before last is a thief to the authorization server, and rightly so.
            const copies = [1, 2, 3, 4].map(() => new Keeping({}, { information: first.information, kept: first.kept }));
            const clients = [];
            for (const copy of copies) clients.push((await connected(copy)).client);
            for (let round = 0; round < 2; round += 1) {
                const before = copies[0].kept;
                for (const copy of copies) copy.kept = { ...before, access_token: 'no-longer-good' };
                await Promise.all(clients.map(reads));
                const successors = new Set(copies.map(copy => copy.kept.refresh_token));
                assert.equal(successors.size, 1, 'whoever comes with the same token gets the same successor');
                assert.equal(successors.has(before.refresh_token), false);
                assert.equal(new Set(copies.map(copy => copy.kept.access_token)).size, copies.length);
            }
            assert.deepEqual(copies.map(copy => copy.asked), copies.map(() => undefined), 'nobody is bothered by a race');
        },
        'a token that the authorization server ended is refreshed too': async () => {
            const provider = new Keeping();
            const { client } = await login(provider);
            const { access_token: token } = provider.kept;
            const body = new URLSearchParams({ token, client_id: provider.information.client_id });
            assert.equal((await fetch(scene.revocation, { method: 'POST', body })).status, 200);
            const failure = await reads(client).catch(error => error);
            // Whether revoking an access token spares its refresh token is the server's choice (RFC 7009, section 2.1).
            if (failure) await finish(provider, client.transport).then(() => reads(client));
            assert.notEqual(provider.kept.access_token, token);
        },
        'a refresh token that is no good leads back to the person': async () => {
            const provider = new Keeping();
            const { client, transport } = await login(provider);
            provider.kept = { ...provider.kept, access_token: 'gone', refresh_token: 'gone' };
            await assert.rejects(reads(client), UnauthorizedError);
            await finish(provider, transport);
            await reads(client);
        },
        'a client that is gone registers again': async () => {
            const provider = new Keeping();
            const { client, transport } = await login(provider);
            provider.information = { ...provider.information, client_id: 'gone' };
            provider.kept = { ...provider.kept, access_token: 'gone' };
            await assert.rejects(reads(client), UnauthorizedError);
            assert.notEqual(provider.information.client_id, 'gone');
            await finish(provider, transport);
            await reads(client);
        },
        'a tool that needs more asks the person once more': async () => {
            const provider = new Keeping();
            const { client, transport } = await login(provider);
            const write = () => client.callTool({ name: 'append', arguments: { note: 'bread' } });
            await stepUp(provider, transport, write);
            assert(provider.asked.searchParams.get('scope').split(' ').includes('notes:write'));
            await finish(provider, transport);
            const result = await write();
            assert.equal(result.content[0].text, 'milk, eggs, bread');
            assert.equal(scopes(provider).includes('notes:write'), true);
            await reads(client);
        },
        'a person who says no': async () => {
            const provider = new Keeping();
            const transport = transportFor(provider);
            await assert.rejects(newClient().connect(transport), UnauthorizedError);
            assert.equal(await finish(provider, transport, { decision: 'deny' }), 'access_denied');
        },
        'a machine with a secret': async () => {
            const { client_id: clientId, client_secret: clientSecret } = scene.clients.machine;
            const provider = new ClientCredentialsProvider({ clientId, clientSecret, expectedIssuer: scene.issuer, scope: 'notes:read' });
            await reads((await connected(provider)).client);
            assert.equal((await provider.tokens()).refresh_token, undefined);
        },
        'a machine with a key': async () => {
            const provider = new PrivateKeyJwtProvider({
                clientId: scene.clients.signer.client_id,
                privateKey: scene.keys.signer,
                algorithm: 'ES256',
                expectedIssuer: scene.issuer,
                scope: 'notes:read',
            });
            await reads((await connected(provider)).client);
        },
    };
}
