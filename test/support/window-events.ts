/** The event stream of an open window, kept from its first event. */
import { createParser } from 'eventsource-parser';
import { type EventName, type Events, events as schemas } from '../../shared/contract.ts';

type WindowEvent = { [E in EventName]: { event: E; data: Events[E] } }[EventName];

export interface WindowEvents {
  /** Every event so far; each was checked against the contract. */
  readonly all: WindowEvent[];
  /** The first event of this name, past or to come, that `fits`. Rejects when the stream ends before. */
  next<E extends EventName>(event: E, fits?: (data: Events[E]) => boolean): Promise<Events[E]>;
  /** Settles when the other side ends the stream. */
  readonly ended: Promise<void>;
  close(): void;
}

/** Opens `GET /api/events`. Rejects when it is refused. */
export async function openEventStream(origin: string, key: string): Promise<WindowEvents> {
  const leave = new AbortController();
  const response = await fetch(`${origin}/api/events`, {
    headers: { authorization: `Bearer ${key}` },
    signal: leave.signal,
  });
  if (!response.ok || !response.body) throw new Error(`The event stream was refused: ${response.status}.`);
  const all: WindowEvent[] = [];
  /** Each looks at what is new. */
  const waiting = new Set<(fresh?: WindowEvent) => void>();
  let over: Error | undefined;
  const tell = (fresh?: WindowEvent) => {
    for (const check of waiting) check(fresh);
  };
  const end = (error: Error) => {
    over ??= error;
    tell();
  };
  const parser = createParser({
    onEvent({ event = '', data }) {
      const schema = Object.hasOwn(schemas, event) ? schemas[event as EventName] : undefined;
      const parsed = schema?.safeParse(JSON.parse(data));
      if (!parsed?.success)
        return end(new Error(`The event ${event} is not of the contract: ${parsed?.error}`));
      const fresh = { event, data: parsed.data } as WindowEvent;
      all.push(fresh);
      tell(fresh);
    },
  });
  const ended = (async () => {
    const decoder = new TextDecoder();
    try {
      for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
        parser.feed(decoder.decode(chunk, { stream: true }));
      }
    } catch {
      // The stream was cut: it ended all the same.
    }
    end(new Error(`The event stream ended after ${JSON.stringify(all.map(({ event }) => event))}.`));
  })();

  return {
    all,
    ended,
    close: () => leave.abort(),
    next(event, fits = () => true) {
      return new Promise((resolve, reject) => {
        const looksFor = (each: WindowEvent) => each.event === event && fits(each.data as never);
        const check = (fresh?: WindowEvent) => {
          const found = fresh && looksFor(fresh) ? fresh : undefined;
          if (!found && !over) return;
          waiting.delete(check);
          if (found) resolve(found.data as never);
          else reject(over as Error);
        };
        waiting.add(check);
        check(all.find(looksFor));
      });
    },
  };
}
