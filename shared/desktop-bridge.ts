/** The name under which the preload script of the desktop host puts the bridge on the page's window. */
export const BRIDGE = 'greenlight';

/**
 * The way from the page to the main process of the desktop host. Everything crosses as JSON text: copied as
 * objects, members called `__proto__` would be lost on the way, and a person must see all of what runs.
 */
export interface DesktopBridge {
  /** Calls a method of the contract; resolves with the JSON of a {@link BridgeAnswer}. `id` is another one each time. */
  call(method: string, params: string, id: string): Promise<string>;
  /** Says that nobody waits for the answer to the call `id` any more. */
  cancel(id: string): void;
  /** Hands every later event to `listener`, its data as JSON; the returned function ends that. */
  subscribe(listener: (event: string, data: string) => void): () => void;
}

export type BridgeAnswer = { result: unknown } | { error: { code: string; message: string } };
