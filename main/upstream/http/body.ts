import type { Dispatcher } from 'undici';
import type { UpstreamError } from '../upstream.ts';

/** How many bytes may wait for the reader before the connection is paused. */
const HIGH_WATER = 256 * 1024;

/**
 * The body of one answer: chunks wait here until they are read, and the connection is paused while too
 * many wait. A short body is complete without being read, so that its connection is free again.
 */
export class AnswerBody implements AsyncIterableIterator<Uint8Array> {
  readonly #controller: Dispatcher.DispatchController;
  readonly #readable: boolean;
  readonly #chunks: Uint8Array[] = [];
  #waiting = 0;
  #paused = false;
  #state: 'open' | 'ended' | UpstreamError = 'open';
  #reader: { resolve(result: IteratorResult<Uint8Array>): void; reject(error: Error): void } | undefined;

  /** Takes chunks from `controller`'s exchange; drops them all unless `readable`. */
  constructor(controller: Dispatcher.DispatchController, readable: boolean) {
    this.#controller = controller;
    this.#readable = readable;
  }

  push(chunk: Uint8Array): void {
    if (!this.#readable) return;
    if (this.#reader) {
      this.#hand({ done: false, value: chunk });
      return;
    }
    this.#chunks.push(chunk);
    this.#waiting += chunk.length;
    if (this.#waiting >= HIGH_WATER && !this.#paused) {
      this.#paused = true;
      this.#controller.pause();
    }
  }

  end(): void {
    if (this.#state !== 'open') return;
    this.#state = 'ended';
    if (this.#reader) this.#hand({ done: true, value: undefined });
  }

  /** Ends the body with `error`, once what has arrived was read. */
  fail(error: UpstreamError): void {
    if (this.#state !== 'open') return;
    this.#state = error;
    this.#reader?.reject(error);
    this.#reader = undefined;
  }

  next(): Promise<IteratorResult<Uint8Array>> {
    const chunk = this.#chunks.shift();
    if (chunk) {
      this.#waiting -= chunk.length;
      if (this.#paused && this.#waiting < HIGH_WATER) {
        this.#paused = false;
        this.#controller.resume();
      }
      return Promise.resolve({ done: false, value: chunk });
    }
    if (this.#state === 'ended') return Promise.resolve({ done: true, value: undefined });
    if (this.#state !== 'open') return Promise.reject(this.#state);
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject };
    });
  }

  /** Leaving early ends the exchange: an unread body would block its connection. */
  return(): Promise<IteratorResult<Uint8Array>> {
    if (this.#state === 'open') {
      this.#state = 'ended';
      this.#chunks.length = 0;
      this.#controller.abort(new Error('The rest of the answer is not wanted.'));
      if (this.#reader) this.#hand({ done: true, value: undefined });
    }
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #hand(result: IteratorResult<Uint8Array>): void {
    const reader = this.#reader;
    this.#reader = undefined;
    reader?.resolve(result);
  }
}
