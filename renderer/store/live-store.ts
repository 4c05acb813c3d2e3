import type { Approval } from '../../shared/contract.ts';
import { followHost } from '../text/clock.ts';
import { errorWords } from '../text/error-words.ts';
import type { Transport, TransportEvent, TransportStatus } from '../transport/transport.ts';
import { applyEvent, type Loaded, waiting } from './snapshot.ts';

/** What the window shows. A new object on every change, so that React can compare. */
export interface Live {
  connection: TransportStatus;
  /** Absent until Greenlight has answered for the first time. */
  loaded?: Loaded;
  /** Why the last loading failed, in words; absent once one succeeds. */
  error?: string;
}

/**
 * Keeps what Greenlight says up to date: loads once connected, applies events, loads again after each
 * reconnection. Events that arrive while an answer is on its way are applied on top of it, so that an
 * answer older than an event never undoes it.
 */
export class LiveStore {
  readonly transport: Transport;
  readonly #listeners = new Set<() => void>();
  /** Events since the loading began that is now under way; undefined when none is. */
  #meanwhile: TransportEvent[] | undefined;
  /** Counts loadings: an answer to one that was overtaken by another is dropped. */
  #loading = 0;
  /** The end of the newest loading. */
  #last: Promise<void> = Promise.resolve();
  /** Of approvals that came cut, the event that told of it last. */
  readonly #cut = new Map<string, TransportEvent>();
  #live: Live;

  constructor(transport: Transport) {
    this.transport = transport;
    this.#live = { connection: transport.status };
    transport.subscribe((event) => this.#receive(event));
    transport.onStatus((connection) => {
      this.#set({ ...this.#live, connection });
      if (connection === 'online') void this.load();
    });
    if (transport.status === 'online') void this.load();
  }

  /** The current state; the same object until something changes. */
  readonly get = (): Live => this.#live;

  /** Calls `listener` after each change; the returned function ends that. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /**
   * Asks Greenlight for what every page shows. Resolves once an answer is in that was asked for from now on; never
   * rejects: a failure is in {@link Live.error}.
   */
  readonly load = (): Promise<void> => {
    const turn = ++this.#loading;
    const over = this.#ask(turn).then(() => (turn === this.#loading ? undefined : this.#last));
    this.#last = over;
    return over;
  };

  async #ask(turn: number): Promise<void> {
    this.#meanwhile = [];
    try {
      await followHost(async () => (await this.transport.call('clock.get', {})).now);
      const [state, settings, { approvals }] = await Promise.all([
        this.transport.call('state.get', {}),
        this.transport.call('settings.get', {}),
        this.transport.call('approvals.list', {}),
      ]);
      const whole = await this.#whole(approvals);
      if (turn !== this.#loading) return;
      const base: Loaded = { state, settings, approvals: waiting(whole) };
      const loaded = this.#meanwhile.reduce(applyEvent, base);
      this.#meanwhile = undefined;
      this.#set({ connection: this.transport.status, loaded });
    } catch (error) {
      if (turn !== this.#loading) return;
      this.#meanwhile = undefined;
      this.#set({ ...this.#live, error: errorWords(error) });
    }
  }

  /** The person must see all that would run: what came cut, because many are large, is asked for by itself. */
  async #whole(approvals: readonly Approval[]): Promise<Approval[]> {
    const whole: Approval[] = [];
    for (const approval of approvals) {
      whole.push(approval.cut ? await this.transport.call('approvals.get', { id: approval.id }) : approval);
    }
    return whole;
  }

  /** Takes in an approval that an event told of cut, once it is there whole; unless a later one told of it. */
  async #receiveWhole(event: TransportEvent & { name: 'approval' }): Promise<void> {
    const { id } = event.data;
    this.#cut.set(id, event);
    try {
      const [data] = await this.#whole([event.data]);
      if (data && this.#cut.get(id) === event) this.#receive({ name: 'approval', data });
    } catch {
      // It is on the next list that is loaded.
      void this.load();
    }
  }

  #receive(event: TransportEvent): void {
    if (event.name === 'approval') {
      if (event.data.cut && event.data.state === 'pending') return void this.#receiveWhole(event);
      this.#cut.delete(event.data.id);
    }
    this.#meanwhile?.push(event);
    if (this.#live.loaded !== undefined) {
      const loaded = applyEvent(this.#live.loaded, event);
      if (loaded !== this.#live.loaded) this.#set({ ...this.#live, loaded });
    }
    if (event.name === 'changed' && ['settings', 'upstream'].includes(event.data.what)) {
      void this.load();
    }
  }

  #set(live: Live): void {
    this.#live = live;
    for (const listener of this.#listeners) listener();
  }
}
