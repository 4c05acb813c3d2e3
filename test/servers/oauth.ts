/**
 * An MCP server that wants its people to sign in, and the authorization server where they do: discovery (RFC 9728, 8414),
 * registration (RFC 7591), authorization code with PKCE (RFC 7636), refresh with rotation, expiry. Everybody who comes to its
 * page is signed in at once.
 */
import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { listen } from '../../main/base/listen.ts';
import { type HttpUpstream, type HttpUpstreamOptions, startHttpUpstream } from './http.ts';

export interface OAuthUpstream extends HttpUpstream {
  /** The authorization server's address. */
  issuer: string;
  /** What the token endpoint was asked, in order. */
  grants: Record<string, string>[];
  /** The tokens that clients gave back. */
  revoked: string[];
  /** All tokens, codes and verifiers that there ever were. */
  secrets: string[];
  /** Ends access tokens (`refresh` too: all). */
  revoke(what: 'access' | 'all'): void;
  /** What the token endpoint answers instead, until it is `undefined` again. */
  failWith(answer: { status: number; body: string } | undefined): void;
}

export interface OAuthOptions extends HttpUpstreamOptions {
  /** Seconds that access tokens live for; not said where it is absent. */
  expiresIn?: number;
  /** Whether clients may register. */
  registration?: boolean;
  /** Where the person is sent to, instead of its own page. */
  authorizationEndpoint?: string;
  /** The page refuses everybody. */
  denies?: boolean;
  /** What `iss` the page sends back, instead of its own. */
  iss?: string;
}

export async function startOAuthUpstream(options: OAuthOptions = {}): Promise<OAuthUpstream> {
  const grants: Record<string, string>[] = [];
  const secrets: string[] = [];
  const revoked: string[] = [];
  const clients = new Map<string, string[]>();
  const codes = new Map<string, { client: string; redirect: string; challenge: string; resource: string }>();
  const access = new Set<string>();
  const refresh = new Map<string, string>();
  let failing: { status: number; body: string } | undefined;
  const secret = (kind: string) => {
    const made = `${kind}-${randomUUID()}`;
    secrets.push(made);
    return made;
  };

  function tokens(client: string) {
    const made = { access_token: secret('access'), refresh_token: secret('refresh') };
    access.add(made.access_token);
    refresh.set(made.refresh_token, client);
    return {
      ...made,
      token_type: 'Bearer',
      ...(options.expiresIn !== undefined && { expires_in: options.expiresIn }),
    };
  }

  function grant(asked: Record<string, string>): object {
    grants.push(asked);
    if (asked.grant_type === 'refresh_token') {
      const client = refresh.get(asked.refresh_token ?? '');
      refresh.delete(asked.refresh_token ?? '');
      return client !== undefined && client === asked.client_id ? tokens(client) : { error: 'invalid_grant' };
    }
    const known = codes.get(asked.code ?? '');
    codes.delete(asked.code ?? '');
    secrets.push(asked.code_verifier ?? '');
    const challenge = createHash('sha256')
      .update(asked.code_verifier ?? '')
      .digest('base64url');
    return known !== undefined &&
      known.client === asked.client_id &&
      known.redirect === asked.redirect_uri &&
      known.challenge === challenge &&
      known.resource === asked.resource
      ? tokens(known.client)
      : { error: 'invalid_grant' };
  }

  const json = (response: ServerResponse, status: number, body: object) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<unknown> {
    const url = new URL(request.url ?? '/', issuer);
    const body = await text(request);
    switch (url.pathname) {
      case '/.well-known/oauth-authorization-server':
        return json(response, 200, {
          issuer,
          authorization_endpoint: options.authorizationEndpoint ?? `${issuer}/authorize`,
          token_endpoint: `${issuer}/token`,
          revocation_endpoint: `${issuer}/revoke`,
          ...(options.registration !== false && { registration_endpoint: `${issuer}/register` }),
          response_types_supported: ['code'],
          code_challenge_methods_supported: ['S256'],
          token_endpoint_auth_methods_supported: ['none'],
        });
      case '/register': {
        const asked = JSON.parse(body) as { redirect_uris: string[] };
        const client_id = randomUUID();
        clients.set(client_id, asked.redirect_uris);
        return json(response, 201, { ...asked, client_id });
      }
      case '/authorize': {
        const of = (name: string) => url.searchParams.get(name) ?? '';
        const redirect = of('redirect_uri');
        if (!clients.get(of('client_id'))?.includes(redirect))
          return json(response, 400, { error: 'client' });
        const back = new URL(redirect);
        const code = secret('code');
        if (options.denies) {
          back.searchParams.set('error', 'access_denied');
          back.searchParams.set('error_description', 'You are <b>not</b> one of us');
        } else {
          back.searchParams.set('code', code);
          back.searchParams.set('iss', options.iss ?? issuer);
        }
        back.searchParams.set('state', of('state'));
        codes.set(code, {
          client: of('client_id'),
          redirect,
          challenge: of('code_challenge'),
          resource: of('resource'),
        });
        return response.writeHead(302, { location: back.href }).end();
      }
      case '/token': {
        if (failing)
          return response.writeHead(failing.status, { 'content-type': 'application/json' }).end(failing.body);
        const said = grant(Object.fromEntries(new URLSearchParams(body)));
        return json(response, 'error' in said ? 400 : 200, said);
      }
      case '/revoke': {
        const token = new URLSearchParams(body).get('token') ?? '';
        revoked.push(token);
        refresh.delete(token);
        return response.writeHead(200).end();
      }
      default:
        return json(response, 404, {});
    }
  }

  const server = createServer((request, response) => void answer(request, response));
  const issuer = `http://127.0.0.1:${await listen(server, 0)}`;
  const upstream = await startHttpUpstream({
    ...options,
    intercept(request, response) {
      const { origin } = new URL(upstream.url);
      if (request.path === '/.well-known/oauth-protected-resource/mcp') {
        json(response, 200, { resource: upstream.url, authorization_servers: [issuer] });
        return true;
      }
      const token = request.headers.authorization?.replace('Bearer ', '') ?? '';
      if (access.has(token)) return options.intercept?.(request, response) ?? false;
      const metadata = `${origin}/.well-known/oauth-protected-resource/mcp`;
      response.writeHead(401, { 'www-authenticate': `Bearer resource_metadata="${metadata}"` }).end();
      return true;
    },
  });

  return {
    ...upstream,
    issuer,
    grants,
    secrets,
    revoked,
    revoke(what) {
      access.clear();
      if (what === 'all') refresh.clear();
    },
    failWith(next) {
      failing = next;
    },
    async close() {
      await upstream.close();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
