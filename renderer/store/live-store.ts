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

  /** Asks Greenlight for what every page shows. Never rejects: a failure is in {@link Live.error}. */
  readonly load = async (): Promise<void> => {
    const turn = ++this.#loading;
    this.#meanwhile = [];
    try {
      const [state, settings, { approvals }] = await Promise.all([
        this.transport.call('state.get', {}),
        this.transport.call('settings.get', {}),
        this.transport.call('approvals.list', {}),
      ]);
      if (turn !== this.#loading) return;
      const base: Loaded = { state, settings, approvals: waiting(approvals) };
      const loaded = this.#meanwhile.reduce(applyEvent, base);
      this.#meanwhile = undefined;
      this.#set({ connection: this.transport.status, loaded });
    } catch (error) {
      if (turn !== this.#loading) return;
      this.#meanwhile = undefined;
      this.#set({ ...this.#live, error: errorWords(error) });
    }
  };

  #receive(event: TransportEvent): void {
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
