// The MCP SDK for TypeScript, first generation.

import assert from 'node:assert/strict';
import { auth, UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js';
import { ClientCredentialsProvider, PrivateKeyJwtProvider } from '@modelcontextprotocol/sdk/client/auth-extensions.js';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

const { play, scene } = await import(`${process.env.STAGE}/scenarios.mjs`);
const { story } = await import('./story.mjs');

/** This generation answers `insufficient_scope` with a refresh, which cannot widen anything; the application that wants
 * more asks anew. */
async function stepUp(provider, _transport, action) {
    await assert.rejects(action(), /403/);
    provider.kept = undefined;
    const asked = await auth(provider, { serverUrl: scene.resource, scope: 'notes:read notes:write' });
    assert.equal(asked, 'REDIRECT');
}

await play(story({ Client, StreamableHTTPClientTransport, UnauthorizedError, ClientCredentialsProvider, PrivateKeyJwtProvider, stepUp }));
