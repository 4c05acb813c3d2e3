import { failure, type MethodName, type Params, type Result } from '../../shared/contract.ts';
import { readEventStream } from './event-stream.ts';
import {
  CallError,
  checkEvent,
  checkResult,
  errorCode,
  isEventName,
  type Transport,
  type TransportEvent,
  type TransportStatus,
} from './transport.ts';

const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 10_000;

const OFFLINE = 'Greenlight does not answer. It may have been stopped: start it again, then retry.';
const REFUSED = 'Greenlight refused the key of this page. Open the address that it printed when it started.';

/** Milliseconds before try number `attempt` (from 0) to reconnect: doubling from 0.5 s up to 10 s. */
export function retryDelay(attempt: number): number {
  return Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** attempt);
}

export interface HttpTransportOptions {
  /** The origin that serves `/api`, without a slash at the end. */
  origin: string;
  /** The UI key. */
  key: string;
  /** Resolves after `ms` milliseconds; the page's own timers unless a test moves time itself. */
  wait?: (ms: number) => Promise<void>;
}

/** Talks to the browser host: `POST /api/<method>` and server-sent events from `GET /api/events`. */
export class HttpTransport implements Transport {
  readonly #origin: string;
  readonly #headers: Record<string, string>;
  readonly #wait: (ms: number) => Promise<void>;
  readonly #listeners = new Set<(event: TransportEvent) => void>();
  readonly #statusListeners = new Set<(status: TransportStatus) => void>();
  readonly #closed = new AbortController();
  #status: TransportStatus = 'connecting';

  constructor(options: HttpTransportOptions) {
    this.#origin = options.origin;
    this.#headers = { authorization: `Bearer ${options.key}` };
    this.#wait = options.wait ?? ((ms) => new Promise((resolve) => setTimeout(resolve, ms)));
    void this.#stayConnected();
  }

  get status(): TransportStatus {
    return this.#status;
  }

  subscribe(listener: (event: TransportEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  onStatus(listener: (status: TransportStatus) => void): () => void {
    this.#statusListeners.add(listener);
    return () => this.#statusListeners.delete(listener);
  }

  close(): void {
    this.#closed.abort();
    this.#listeners.clear();
    this.#statusListeners.clear();
  }

  async call<M extends MethodName>(method: M, params: Params<M>, signal?: AbortSignal): Promise<Result<M>> {
    const response = await this.#request(`/api/${method}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(params),
      ...(signal && { signal }),
    });
    const answer = await readJson(response);
    if (response.ok) return checkResult(method, answer);
    const failed = failure.safeParse(answer);
    if (failed.success) {
      throw new CallError(errorCode(failed.data.error.code), failed.data.error.message);
    }
    throw new CallError('internal', `Greenlight answered with HTTP status ${response.status}. Try again.`);
  }

  /** Keeps one event stream open until the transport is closed or the key is refused. */
  async #stayConnected(): Promise<void> {
    let attempt = 0;
    while (!this.#closed.signal.aborted && this.#status !== 'unauthorized') {
      try {
        const response = await this.#request('/api/events', { headers: { accept: 'text/event-stream' } });
        if (!response.ok || response.body === null) throw new CallError('unavailable', OFFLINE);
        attempt = 0;
        this.#setStatus('online');
        await readEventStream(response.body, (message) => this.#receive(message.event, message.data));
        this.#setStatus('offline');
      } catch (error) {
        if (this.#closed.signal.aborted) return;
        // An event that does not fit the contract ends here too: what was missed is loaded anew.
        if (error instanceof CallError && error.code === 'internal') console.error(error);
        this.#setStatus('offline');
      }
      await this.#wait(retryDelay(attempt++));
    }
  }

  #receive(name: string | undefined, data: string): void {
    if (name === undefined || !isEventName(name)) return;
    const event = checkEvent(name, JSON.parse(data));
    for (const listener of this.#listeners) listener(event);
  }

  async #request(path: string, init: RequestInit & { headers: Record<string, string> }): Promise<Response> {
    let response: Response;
    try {
      response = await fetch(this.#origin + path, {
        ...init,
        headers: { ...init.headers, ...this.#headers },
        signal: init.signal ? AbortSignal.any([init.signal, this.#closed.signal]) : this.#closed.signal,
        cache: 'no-store',
        credentials: 'omit',
        redirect: 'error',
      });
    } catch (error) {
      throw new CallError('offline', OFFLINE, { cause: error });
    }
    if (response.status === 401) {
      this.#setStatus('unauthorized');
      throw new CallError('unauthorized', REFUSED);
    }
    return response;
  }

  #setStatus(status: TransportStatus): void {
    // A refused key stays refused, whatever else happens to the connection.
    if (this.#status === status || this.#status === 'unauthorized') return;
    this.#status = status;
    for (const listener of this.#statusListeners) listener(status);
  }
}

async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch (error) {
    throw new CallError('internal', 'The answer of Greenlight broke off or is not JSON. Try again.', {
      cause: error,
    });
  }
}
