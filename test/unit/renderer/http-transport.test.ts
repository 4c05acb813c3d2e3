import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HttpTransport, retryDelay } from '../../../renderer/transport/http.ts';
import type { TransportEvent, TransportStatus } from '../../../renderer/transport/transport.ts';
import { allRan } from '../../support/wait.ts';
import { ApiServer } from './api-server.ts';
import { approval, state } from './samples.ts';

let server: ApiServer;
let origin: string;
const transports: HttpTransport[] = [];

beforeEach(async () => {
  server = new ApiServer();
  origin = await server.start();
});

afterEach(async () => {
  for (const transport of transports.splice(0)) transport.close();
  await server.stop();
});

function connect(key = 'right') {
  const waits: number[] = [];
  const transport = new HttpTransport({
    origin,
    key,
    wait: (ms) => {
      waits.push(ms);
      return new Promise((resolve) => setImmediate(resolve));
    },
  });
  transports.push(transport);
  const statuses: TransportStatus[] = [];
  transport.onStatus((status) => statuses.push(status));
  const received: TransportEvent[] = [];
  transport.subscribe((event) => received.push(event));
  return { transport, statuses, received, waits };
}

const online = (transport: HttpTransport) => expect.poll(() => transport.status).toBe('online');

describe('calls over HTTP', () => {
  it('carry the key and come back checked', async () => {
    server.answers.set('state.get', () => state);
    const { transport } = connect();
    expect(await transport.call('state.get', {})).toEqual(state);
    expect(new Set(server.keys)).toEqual(new Set(['Bearer right']));
  });

  it('hand on every argument, even one called __proto__', async () => {
    const sent = JSON.stringify({ approvals: [approval('a')] }).replace(
      '"prompt"',
      '"__proto__":{"x":1},"prompt"',
    );
    server.answers.set('approvals.list', () => JSON.parse(sent));
    const { approvals } = await connect().transport.call('approvals.list', {});
    expect(Object.keys(approvals[0]?.arguments ?? {})).toEqual(['__proto__', 'prompt']);
  });

  it('fail with the words of the server', async () => {
    server.answers.set('approvals.decide', () => {
      throw { status: 409, body: { error: { code: 'conflict', message: 'This call has already ended.' } } };
    });
    const call = connect().transport.call('approvals.decide', { id: 'a', answer: 'allow' });
    await expect(call).rejects.toMatchObject({ code: 'conflict', message: 'This call has already ended.' });
  });

  it('fail in words when the answer is not what was agreed', async () => {
    server.answers.set('state.get', () => ({ ...state, pending: 'many' }));
    const { transport } = connect();
    await expect(transport.call('state.get', {})).rejects.toThrow(
      /could not be understood. Reload this page/,
    );
    await expect(transport.call('settings.get', {})).rejects.toThrow(/broke off or is not JSON/);
  });

  it('end on the way, once nobody waits for them', async () => {
    const { transport } = connect();
    const over = new AbortController();
    const asked = Promise.withResolvers<void>();
    server.answers.set('activity.verify', () => {
      asked.resolve();
      return new Promise(() => {});
    });
    const call = transport.call('activity.verify', {}, over.signal);
    await asked.promise;
    over.abort();
    await expect(call).rejects.toMatchObject({ name: 'CallError' });
  });

  it('fail in words when nobody answers', async () => {
    await server.stop();
    const { transport } = connect();
    await expect(transport.call('state.get', {})).rejects.toMatchObject({
      code: 'offline',
      message: expect.stringContaining('start it again'),
    });
    server = new ApiServer();
    await server.start();
  });
});

describe('the event stream', () => {
  it('delivers events, however the bytes are cut', async () => {
    const { transport, received } = connect();
    await online(transport);
    const raw = `event: approval\ndata: ${JSON.stringify(approval('a', 0, { tool: 'ü' }))}\n\n`;
    for (const byte of Buffer.from(raw)) server.send(Buffer.of(byte));
    await expect.poll(() => received).toEqual([{ name: 'approval', data: approval('a', 0, { tool: 'ü' }) }]);
  });

  it('passes over comments and events it does not know', async () => {
    const { transport, received } = connect();
    await online(transport);
    server.send(': still here\n\nevent: novelty\ndata: {}\n\nevent: changed\ndata: {"what":"videos"}\n\n');
    await expect.poll(() => received).toEqual([{ name: 'changed', data: { what: 'videos' } }]);
  });

  it('comes back by itself after the connection broke, and says so meanwhile', async () => {
    const { transport, statuses, received } = connect();
    await online(transport);
    server.drop();
    await expect.poll(() => statuses).toEqual(['online', 'offline', 'online']);
    server.send('event: changed\ndata: {"what":"videos"}\n\n');
    await expect.poll(() => received).toHaveLength(1);
  });

  it('comes back when Greenlight is started again, waiting longer each time', async () => {
    const { transport, waits } = connect();
    await online(transport);
    await server.stop();
    await expect.poll(() => waits.length).toBeGreaterThan(6);
    expect(waits.slice(0, 6)).toEqual([500, 1000, 2000, 4000, 8000, 10_000]);
    server = new ApiServer();
    await server.start(Number(new URL(origin).port));
    await online(transport);
  });

  it('starts over after an event that makes no sense', async () => {
    const complaint = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const { transport, statuses, received } = connect();
    await online(transport);
    server.send('event: state\ndata: {"pending":"many"}\n\n');
    await expect.poll(() => statuses).toEqual(['online', 'offline', 'online']);
    expect(received).toEqual([]);
    expect(complaint).toHaveBeenCalledOnce();
    complaint.mockRestore();
  });

  it('gives up when the key is refused', async () => {
    const { transport, statuses, waits } = connect('wrong');
    await expect.poll(() => statuses).toEqual(['unauthorized']);
    await expect(transport.call('state.get', {})).rejects.toMatchObject({ code: 'unauthorized' });
    // The wait before the next try is over: another try would reach the server before this call does.
    await expect.poll(() => waits.length).toBe(1);
    await allRan();
    const tries = server.keys.length;
    await expect(transport.call('state.get', {})).rejects.toMatchObject({ code: 'unauthorized' });
    expect(server.keys).toHaveLength(tries + 1);
  });

  it('ends when the transport is closed', async () => {
    const { transport } = connect();
    await online(transport);
    transport.close();
    await expect.poll(() => server.open).toBe(0);
  });
});

it('waits between half a second and ten seconds', () => {
  expect([0, 1, 4, 5, 50].map(retryDelay)).toEqual([500, 1000, 8000, 10_000, 10_000]);
});
