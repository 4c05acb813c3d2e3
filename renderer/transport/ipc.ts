import { failure, type MethodName, type Params, type Result } from '../../shared/contract.ts';
import { BRIDGE, type DesktopBridge } from '../../shared/desktop-bridge.ts';
import {
  CallError,
  checkEvent,
  checkResult,
  errorCode,
  isEventName,
  type Transport,
  type TransportEvent,
} from './transport.ts';

/** The transport of the desktop host; `undefined` when this page runs in a browser. */
export function ipcTransport(page: object = globalThis): Transport | undefined {
  const bridge: unknown = Reflect.get(page, BRIDGE);
  return isBridge(bridge) ? new IpcTransport(bridge) : undefined;
}

/** Talks to the main process of the desktop host, which is there for as long as the page is. */
class IpcTransport implements Transport {
  readonly status = 'online';
  readonly #bridge: DesktopBridge;
  readonly #listeners = new Set<(event: TransportEvent) => void>();
  readonly #end: () => void;

  constructor(bridge: DesktopBridge) {
    this.#bridge = bridge;
    this.#end = bridge.subscribe((name, data) => this.#receive(name, data));
  }

  async call<M extends MethodName>(method: M, params: Params<M>, signal?: AbortSignal): Promise<Result<M>> {
    const id = crypto.randomUUID();
    const cancel = () => this.#bridge.cancel(id);
    signal?.addEventListener('abort', cancel);
    let answer: { result?: unknown; error?: unknown };
    try {
      answer = JSON.parse(await this.#bridge.call(method, JSON.stringify(params), id));
    } catch (error) {
      throw new CallError('internal', 'Greenlight did not answer its window. Open the window again.', {
        cause: error,
      });
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
    const failed = failure.safeParse(answer);
    if (failed.success) throw new CallError(errorCode(failed.data.error.code), failed.data.error.message);
    return checkResult(method, answer.result);
  }

  subscribe(listener: (event: TransportEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The status never changes. */
  onStatus(): () => void {
    return () => undefined;
  }

  close(): void {
    this.#end();
    this.#listeners.clear();
  }

  #receive(name: string, data: string): void {
    if (!isEventName(name)) return;
    const event = checkEvent(name, JSON.parse(data));
    for (const listener of this.#listeners) listener(event);
  }
}

function isBridge(value: unknown): value is DesktopBridge {
  return typeof value === 'object' && value !== null && 'call' in value && 'subscribe' in value;
}
