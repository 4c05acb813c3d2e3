/** The door of the window's API: who may ask, and how a question that is not one is answered. */
import { Agent, request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { failure } from '../../../shared/contract.ts';
import { type BrowserHost, startBrowserHost } from '../../support/browser-host.ts';

let host: BrowserHost;

beforeAll(async () => {
  host = await startBrowserHost();
});

afterAll(async () => {
  await host?.stop();
});

/** The status, and the failure in the shape of the contract. */
async function failed(response: Response) {
  return { status: response.status, ...failure.parse(await response.json()).error };
}

/** A request whose `Host` is what the test says, which `fetch` does not allow. */
function send(
  path: string,
  headers: Record<string, string>,
  body = '{}',
  agent?: Agent,
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const options = { method: 'POST', headers, ...(agent && { agent }) };
    const ask = request(host.uiOrigin + path, options, (answer) => {
      let said = '';
      answer.setEncoding('utf8').on('data', (chunk) => {
        said += chunk;
      });
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: said }));
    });
    ask.on('error', reject).end(body);
  });
}

const key = () => ({ authorization: `Bearer ${host.key}` });

test('without the key, or with another, nothing is told', async () => {
  const others = ['', 'Bearer', 'Bearer wrong', `Basic ${host.key}`, `Bearer ${host.ready.grant?.token}`];
  for (const authorization of others) {
    expect(await failed(await host.post('state.get', '{}', { authorization }))).toEqual({
      status: 401,
      code: 'unauthorized',
      message: 'Open the address that Greenlight printed when it started: it carries the key.',
    });
  }
  expect((await fetch(`${host.uiOrigin}/api/events`)).status).toBe(401);
});

test('the key is not taken from the address', async () => {
  expect((await fetch(`${host.uiOrigin}/api/events?key=${host.key}`)).status).toBe(401);
});

test('a foreign page, and a foreign name for this machine, are turned away even with the key', async () => {
  for (const origin of [
    'https://evil.example',
    'null',
    'http://127.0.0.1:1',
    `https://${new URL(host.uiOrigin).host}`,
  ]) {
    const answer = await failed(await host.post('state.get', '{}', { origin }));
    expect([origin, answer.status]).toEqual([origin, 403]);
  }
  const rebound = await send('/api/state.get', { ...key(), host: 'evil.example:80' });
  expect(rebound.status).toBe(403);
  expect((await host.post('state.get', '{}', { origin: host.uiOrigin })).status).toBe(200);
  const byName = await send('/api/state.get', { ...key(), host: `localhost:${new URL(host.uiOrigin).port}` });
  expect(byName.status).toBe(200);
});

test.each([
  ['no.such.method', 'There is no method "no.such.method".'],
  ['__proto__', 'There is no method "__proto__".'],
  ['events', 'There is no method "events".'],
])('the method %s is not found', async (method, message) => {
  expect(await failed(await host.post(method, '{}'))).toEqual({ status: 404, code: 'not_found', message });
});

test.each([
  ['state.get', '{"a":', 'The parameters are not valid JSON.'],
  ['state.get', '[]', 'The parameters: Invalid input: expected object, received array.'],
  ['state.get', '{"more":1}', 'The parameters: Unrecognized key: "more".'],
  ['guard.set', '{}', /^mode: Invalid option: expected one of "policy"\|"ask"\|"allow"\|"block"\.$/],
  ['guard.set', '{"mode":"allow","until":"tomorrow"}', 'until: Invalid ISO datetime.'],
  ['guard.set', '{"mode":"allow","until":"2001-01-01T00:00:00Z"}', /is over already/],
  ['approvals.decide', '{"answer":"allow"}', /^id: /],
  ['clients.create', '{"label":"  "}', /^label: /],
  ['policies.simulate', '{"document":{},"tool":"a","arguments":[]}', 'arguments: must be a JSON object.'],
  ['upstream.set', '{"kind":"http","url":"file:///etc/passwd"}', /^url: /],
  ['upstream.set', '{"kind":"http","url":"https://me:secret@luma.example/mcp"}', /settings file is no place/],
  ['activity.query', '{"limit":100000}', /^limit: /],
  ['settings.set', '{"version":2}', /Unrecognized key: "version"/],
  ['settings.set', '{"ports":{"mcp":70000,"ui":1}}', /^ports\.mcp: /],
])('%s %s is answered with what is wrong', async (method, body, message) => {
  const answer = await failed(await host.post(method, body));
  expect(answer).toEqual({
    status: 400,
    code: 'invalid',
    message: typeof message === 'string' ? message : expect.stringMatching(message),
  });
});

test('parameters may be left out where there are none', async () => {
  expect((await host.post('state.get', '')).status).toBe(200);
});

test('parameters over 4 MiB are refused, announced or not', async () => {
  const body = JSON.stringify({ document: 'x'.repeat(4 * 1024 * 1024), tool: 'a', arguments: {} });
  expect(await failed(await host.post('policies.simulate', body))).toMatchObject({ status: 413 });
  const unannounced = await fetch(`${host.uiOrigin}/api/policies.simulate`, {
    method: 'POST',
    headers: key(),
    body: new Blob([body]).stream(),
    duplex: 'half',
  } as RequestInit);
  expect(await failed(unannounced)).toMatchObject({ status: 413 });
});

test('the connection that brought parameters over 4 MiB answers the next question', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  for (const more of [{}, { 'transfer-encoding': 'chunked' }] as Record<string, string>[]) {
    const large = await send('/api/state.get', { ...key(), ...more }, 'x'.repeat(5 * 1024 * 1024), agent);
    expect(large.status).toBe(413);
    expect((await send('/api/state.get', key(), '{}', agent)).status).toBe(200);
  }
  agent.destroy();
});

test('a window that breaks off in the middle of a question does no harm', async () => {
  const ask = request(`${host.uiOrigin}/api/state.get`, {
    method: 'POST',
    headers: { ...key(), 'content-length': '100' },
  });
  ask.on('error', () => {});
  await new Promise((resolve) => ask.write('{"half', resolve));
  ask.destroy();
  expect((await host.post('state.get', '{}')).status).toBe(200);
});

describe('everything that is served', () => {
  test.each(['/', '/api/state.get', '/nothing-here', '/api/events'])(
    '%s carries the headers',
    async (path) => {
      const response = await fetch(host.uiOrigin + path);
      await response.body?.cancel();
      const policy = response.headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("script-src 'self'");
      expect(policy).toContain("connect-src 'self'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).toContain("base-uri 'none'");
      expect(policy).toContain("form-action 'none'");
      expect(policy).not.toContain('unsafe-eval');
      expect(policy).not.toMatch(/script-src[^;]*unsafe-inline/);
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      expect(response.headers.get('referrer-policy')).toBe('no-referrer');
      expect(response.headers.get('x-powered-by')).toBeNull();
    },
  );

  test.each([
    '/../package.json',
    '/%2e%2e/%2e%2e/package.json',
    '/..%2f..%2fpackage.json',
    '/%5c..%5cpackage.json',
  ])('%s does not leave the folder of the page', async (path) => {
    const { status, body } = await send(path, {});
    const got = await fetch(`${host.uiOrigin}${path}`);
    expect(status).toBe(404);
    expect(got.status).toBe(404);
    expect(body + (await got.text())).not.toContain('devDependencies');
  });
});
