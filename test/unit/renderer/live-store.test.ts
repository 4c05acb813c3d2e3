import { describe, expect, it } from 'vitest';
import { LiveStore } from '../../../renderer/store/live-store.ts';
import { applyEvent, type Loaded } from '../../../renderer/store/snapshot.ts';
import type { Transport, TransportEvent, TransportStatus } from '../../../renderer/transport/transport.ts';
import type { Approval } from '../../../shared/contract.ts';
import { allRan } from '../../support/wait.ts';
import { approval, settings, state } from './samples.ts';

/** A transport whose answers arrive when the test says so: the order of answers and events is the subject here. */
class SteppedTransport implements Transport {
  status: TransportStatus = 'connecting';
  approvals: Approval[] = [];
  /** What `approvals.get` answers, once it may. */
  whole = new Map<string, Promise<Approval>>();
  /** The answers to `approvals.list` on their way, oldest first. */
  readonly answers: { arrive(): void; fail(message: string): void }[] = [];
  #event: (event: TransportEvent) => void = () => undefined;
  #status: (status: TransportStatus) => void = () => undefined;

  readonly call = (async (method: string, params: unknown) => {
    if (method === 'state.get') return state;
    if (method === 'clock.get') return { now: new Date().toISOString() };
    if (method === 'settings.get') return settings;
    if (method === 'approvals.get') return this.whole.get((params as { id: string }).id);
    const { approvals } = this;
    return new Promise<unknown>((resolve, reject) => {
      this.answers.push({
        arrive: () => resolve({ approvals }),
        fail: (message) => reject(new Error(message)),
      });
    });
  }) as unknown as Transport['call'];

  subscribe(listener: (event: TransportEvent) => void) {
    this.#event = listener;
    return () => undefined;
  }

  onStatus(listener: (status: TransportStatus) => void) {
    this.#status = listener;
    return () => undefined;
  }

  close() {}

  become(status: TransportStatus) {
    this.status = status;
    this.#status(status);
  }

  emit(event: TransportEvent) {
    this.#event(event);
  }
}

function start(approvals: Approval[] = []) {
  const transport = new SteppedTransport();
  transport.approvals = approvals;
  const store = new LiveStore(transport);
  const ids = () => store.get().loaded?.approvals.map(({ id }) => id);
  const arrived = (count: number) => expect.poll(() => transport.answers).toHaveLength(count);
  return { transport, store, ids, arrived };
}

describe('the live store', () => {
  it('loads nothing before it is connected, so that no event is missed', async () => {
    const { transport, store, arrived } = start();
    expect(transport.answers).toHaveLength(0);
    expect(store.get()).toEqual({ connection: 'connecting' });
    transport.become('online');
    await arrived(1);
  });

  it('applies what happens while the answer is on its way on top of it', async () => {
    const { transport, ids, arrived } = start([approval('a', 1), approval('b', 2)]);
    transport.become('online');
    await arrived(1);
    transport.emit({ name: 'approval', data: approval('c', 3) });
    transport.emit({ name: 'approval', data: approval('a', 1, { state: 'denied' }) });
    transport.answers[0]?.arrive();
    await expect.poll(() => ids()).toEqual(['b', 'c']);
  });

  it('loads again after a reconnection and keeps what it showed meanwhile', async () => {
    const { transport, store, ids, arrived } = start([approval('a')]);
    transport.become('online');
    await arrived(1);
    transport.answers[0]?.arrive();
    await expect.poll(() => ids()).toEqual(['a']);
    transport.become('offline');
    expect(store.get().connection).toBe('offline');
    expect(ids()).toEqual(['a']);
    transport.approvals = [];
    transport.become('online');
    await arrived(2);
    transport.answers[1]?.arrive();
    await expect.poll(() => ids()).toEqual([]);
  });

  it('drops an answer that a later one has overtaken', async () => {
    const { transport, ids, arrived } = start([approval('old')]);
    transport.become('online');
    await arrived(1);
    transport.approvals = [approval('new')];
    transport.emit({ name: 'changed', data: { what: 'settings' } });
    await arrived(2);
    transport.answers[1]?.arrive();
    await expect.poll(() => ids()).toEqual(['new']);
    transport.answers[0]?.arrive();
    await allRan();
    expect(ids()).toEqual(['new']);
  });

  it('shows an approval that came cut only once it is there whole', async () => {
    const { transport, store, ids, arrived } = start([approval('listed', 1, { cut: true })]);
    transport.whole.set('listed', Promise.resolve(approval('listed', 1, { arguments: { prompt: 'whole' } })));
    transport.become('online');
    await arrived(1);
    transport.answers[0]?.arrive();
    await expect.poll(() => ids()).toEqual(['listed']);
    let arrive = (_whole: Approval) => {};
    transport.whole.set('told', new Promise((resolve) => (arrive = resolve)));
    transport.emit({ name: 'approval', data: approval('told', 2, { cut: true }) });
    await allRan();
    expect(ids()).toEqual(['listed']);
    arrive(approval('told', 2));
    await expect.poll(() => ids()).toEqual(['listed', 'told']);
    expect(store.get().loaded?.approvals.map(({ cut }) => cut)).toEqual([undefined, undefined]);
    expect(store.get().loaded?.approvals[0]?.arguments).toEqual({ prompt: 'whole' });
  });

  it('does not bring back an approval that was answered while it was on its way whole', async () => {
    const { transport, ids, arrived } = start();
    transport.become('online');
    await arrived(1);
    transport.answers[0]?.arrive();
    await expect.poll(() => ids()).toEqual([]);
    let arrive = (_whole: Approval) => {};
    transport.whole.set('a', new Promise((resolve) => (arrive = resolve)));
    transport.emit({ name: 'approval', data: approval('a', 1, { cut: true }) });
    transport.emit({ name: 'approval', data: approval('a', 1, { state: 'denied' }) });
    arrive(approval('a', 1));
    await allRan();
    expect(ids()).toEqual([]);
  });

  it('says why loading failed until it succeeds', async () => {
    const { transport, store, arrived } = start();
    transport.become('online');
    await arrived(1);
    transport.answers[0]?.fail('The database is locked.');
    await expect.poll(() => store.get().error).toBe('The database is locked.');
    void store.load();
    await arrived(2);
    transport.answers[1]?.arrive();
    await expect.poll(() => store.get()).toMatchObject({ loaded: { approvals: [] } });
    expect(store.get().error).toBeUndefined();
  });

  it('tells its listeners of each change, until they leave', async () => {
    const { transport, store, arrived } = start();
    let changes = 0;
    const leave = store.subscribe(() => changes++);
    transport.become('online');
    await arrived(1);
    transport.answers[0]?.arrive();
    await expect.poll(() => changes).toBe(2);
    const before = store.get();
    transport.emit({ name: 'changed', data: { what: 'videos' } });
    expect(store.get()).toBe(before);
    leave();
    transport.emit({ name: 'state', data: { ...state, pending: 3 } });
    expect(changes).toBe(2);
    expect(store.get().loaded?.state.pending).toBe(3);
  });
});

describe('applyEvent', () => {
  const empty: Loaded = { state, settings, approvals: [] };

  it('keeps approvals in the order they were asked, each once', () => {
    const events = [approval('b', 2), approval('a', 1), approval('b', 2, { waiting: 4 })];
    const { approvals } = events.reduce(
      (loaded, data) => applyEvent(loaded, { name: 'approval', data }),
      empty,
    );
    expect(approvals.map(({ id, waiting }) => [id, waiting])).toEqual([
      ['a', 1],
      ['b', 4],
    ]);
  });

  it('takes away an approval in whatever way it ended', () => {
    for (const ended of ['allowed', 'denied', 'expired', 'withdrawn', 'interrupted'] as const) {
      const data = approval('a', 1, { state: ended });
      expect(
        applyEvent({ ...empty, approvals: [approval('a', 1)] }, { name: 'approval', data }).approvals,
      ).toEqual([]);
    }
  });
});
