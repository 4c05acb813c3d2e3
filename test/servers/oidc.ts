/**
 * An MCP server whose people sign in at `oidc-provider`, a certified authorization server, with its own pages: anybody is
 * let in by any name. Each grant that it makes, and each that is revoked, is a line on standard output.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider from 'oidc-provider';
import { startHttpUpstream } from './http.ts';

/** Seconds that access tokens live for: they are to run out while somebody watches. */
const LIVES = 5;

/** Starts both on a port of 127.0.0.1 each; `port` is the MCP server's. The caller closes them. */
export async function startOidcUpstream(port = 0): Promise<{ url: string; close(): Promise<void> }> {
  const http = createServer((request, response) => handle(request, response));
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const issuer = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;

  let resource = '';
  const provider = new Provider(issuer, {
    cookies: { keys: ['of a test'] },
    clientAuthMethods: ['none'],
    scopes: ['videos'],
    ttl: { AccessToken: LIVES, RefreshToken: 3600 },
    features: {
      registration: { enabled: true },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: () => ({ scope: 'videos', audience: resource, accessTokenFormat: 'opaque' }),
        useGrantedResource: () => true,
      },
    },
    issueRefreshToken: () => true,
    rotateRefreshToken: true,
  });
  const handle = provider.callback();
  const say = (line: string) => process.stdout.write(`${line}\n`);
  provider.on('grant.success', ({ oidc }) => say(`granted: ${oidc.params?.grant_type}`));
  provider.on('grant.revoked', () => say('revoked'));

  const upstream = await startHttpUpstream({
    port,
    sessions: 'stateless',
    answers: 'json',
    async intercept(request, response) {
      if (request.path.startsWith('/.well-known/oauth-protected-resource')) {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(
          JSON.stringify({ resource, authorization_servers: [issuer], scopes_supported: ['videos'] }),
        );
        return true;
      }
      const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
      if ((await provider.AccessToken.find(token))?.aud === resource) return false;
      const metadata = new URL('/.well-known/oauth-protected-resource/mcp', resource);
      response.writeHead(401, { 'www-authenticate': `Bearer resource_metadata="${metadata}"` }).end();
      return true;
    },
  });
  resource = upstream.url;
  return {
    url: upstream.url,
    async close() {
      await upstream.close();
      http.closeAllConnections();
      http.close();
    },
  };
}
