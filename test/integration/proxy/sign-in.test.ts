/** Clients with a wrong token that try to sign in by OAuth then: what their person reads says what to do. */
import { auth } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGreenlight, type TestGreenlight } from '../../support/greenlight.ts';

type Provider = NonNullable<
  NonNullable<ConstructorParameters<typeof StreamableHTTPClientTransport>[1]>['authProvider']
>;

let greenlight: TestGreenlight;

beforeAll(async () => {
  greenlight = await startGreenlight();
});
afterAll(() => greenlight.stop());

const SENTENCE =
  'Greenlight: Unauthorized: this is not the token of a client that Greenlight knows, or not of one that may use this server. In Greenlight, under Clients, connect the client again, or let it use this server.';

/** An application that keeps its sign-ins, with what it has of one already. */
function provider(kept: Partial<Pick<Provider, 'clientInformation' | 'tokens'>> = {}): Provider {
  return {
    redirectUrl: 'http://127.0.0.1:1/callback',
    clientMetadata: { client_name: 'test', redirect_uris: ['http://127.0.0.1:1/callback'] },
    clientInformation: () => undefined,
    saveClientInformation: () => {},
    tokens: () => undefined,
    saveTokens: () => {},
    redirectToAuthorization: () => {
      throw new Error('the person was sent to a browser');
    },
    saveCodeVerifier: () => {},
    codeVerifier: () => 'verifier',
    ...kept,
  };
}

/**
 * What `fetch` brings as the `Response` of the moment: web servers of other tests in this process put theirs in its place,
 * and the SDK tells an answer by that.
 */
const fetchFn: typeof fetch = async (...asked) => {
  const { body, status, headers } = await fetch(...asked);
  return new Response(body, { status, headers });
};

/** Whose sign-in it is, where no authorization server is named: the endpoint's own. */
const issuer = () => `${new URL(greenlight.core.mcpUrl).origin}/`;

function revokedToken(): string {
  const { grant, token } = greenlight.core.grants.create('Gone');
  greenlight.core.grants.revoke(grant.id);
  return token;
}

test.each([
  ['has a token in its configuration', provider(), true],
  ['has no token', provider(), false],
  [
    'refreshes a sign-in of before',
    provider({
      clientInformation: () => ({ client_id: 'known', issuer: issuer() }),
      tokens: () => ({ access_token: 'old', token_type: 'Bearer', refresh_token: 'old', issuer: issuer() }),
    }),
    false,
  ],
])('the SDK’s client that %s reads what to do', async (_which, authProvider, withToken) => {
  const headers = withToken ? { authorization: `Bearer ${revokedToken()}` } : undefined;
  const transport = new StreamableHTTPClientTransport(new URL(greenlight.core.mcpUrl), {
    authProvider,
    fetch: fetchFn,
    ...(headers && { requestInit: { headers } }),
  });
  const client = new Client({ name: 'test', version: '1' });
  await expect(client.connect(transport as Parameters<Client['connect']>[0])).rejects.toThrow(SENTENCE);
  await client.close();
});

test('signing in by itself ends with the same sentence', async () => {
  await expect(auth(provider(), { serverUrl: greenlight.core.mcpUrl, fetchFn })).rejects.toThrow(SENTENCE);
});

test('what is asked for is refused in OAuth’s form, a web page is refused before', async () => {
  const { origin } = new URL(greenlight.core.mcpUrl);
  for (const [method, path, status] of [
    ['GET', '/.well-known/oauth-protected-resource', 404],
    ['GET', '/.well-known/oauth-protected-resource/mcp', 404],
    ['GET', '/.well-known/oauth-authorization-server', 404],
    ['GET', '/.well-known/oauth-authorization-server/mcp', 404],
    ['GET', '/.well-known/openid-configuration', 404],
    ['GET', '/mcp/.well-known/openid-configuration', 404],
    ['GET', '/authorize?client_id=x', 400],
    ['POST', '/register', 400],
    ['POST', '/token', 400],
  ] as const) {
    const answer = await fetch(origin + path, { method, ...(method === 'POST' && { body: '{}' }) });
    expect([path, answer.status]).toEqual([path, status]);
    expect(await answer.json()).toEqual({ error: 'access_denied', error_description: SENTENCE });
    const fromPage = await fetch(origin + path, { method, headers: { origin: 'https://evil.example' } });
    expect([path, fromPage.status]).toEqual([path, 403]);
  }
});
