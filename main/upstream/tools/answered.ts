import type { Json } from '../../../shared/json.ts';

/** The upstream answered a request of Greenlight's own with an HTTP error. */
export class StatusError extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`The upstream answered with HTTP ${status}.`);
    this.status = status;
  }
}

/** The upstream answered one with a JSON-RPC error; `message` is its own. */
export class AnsweredError extends Error {
  readonly code: number;
  readonly data: Json | undefined;

  constructor(code: number, message: string, data: Json | undefined) {
    super(message);
    this.code = code;
    this.data = data;
  }
}
