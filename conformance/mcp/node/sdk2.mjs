// The MCP SDK for TypeScript, second generation: what the first does, and proofs of possession.

import assert from 'node:assert/strict';
import {
    Client,
    ClientCredentialsProvider,
    DpopSession,
    PrivateKeyJwtProvider,
    StreamableHTTPClientTransport,
    UnauthorizedError,
} from '@modelcontextprotocol/client';

const { play, scene, visit } = await import(`${process.env.STAGE}/scenarios.mjs`);
const { Keeping, story } = await import('./story.mjs');

/** This generation sees that only the person can widen what it has. */
async function stepUp(_provider, _transport, action) {
    await assert.rejects(action(), UnauthorizedError);
}

const scenarios = story({ Client, StreamableHTTPClientTransport, UnauthorizedError, ClientCredentialsProvider, PrivateKeyJwtProvider, stepUp });

scenarios['tokens are bound to a key, with the nonces that the server gives out'] = async () => {
    const session = await DpopSession.create();
    const provider = new Keeping({ dpop_bound_access_tokens: true }, { dpop: () => session });
    const transport = new StreamableHTTPClientTransport(new URL(scene.resource), { authProvider: provider });
    const client = new Client({ name: 'conformance', version: '1.0.0' }, {});
    await assert.rejects(client.connect(transport), UnauthorizedError);
    const arrived = await visit(provider.asked, provider.redirectUrl);
    await transport.finishAuth(arrived.searchParams);
    assert.equal(provider.kept.token_type, 'DPoP');
    const again = new Client({ name: 'conformance', version: '1.0.0' }, {});
    await again.connect(new StreamableHTTPClientTransport(new URL(scene.resource), { authProvider: provider }));
    const result = await again.callTool({ name: 'read', arguments: {} });
    assert.equal(result.content[0].text, 'milk, eggs');
    const before = provider.kept;
    provider.kept = { ...before, access_token: 'no-longer-good' };
    await again.callTool({ name: 'read', arguments: {} });
    assert.equal(provider.kept.token_type, 'DPoP');
    assert.notEqual(provider.kept.access_token, before.access_token);
};

await play(scenarios);
