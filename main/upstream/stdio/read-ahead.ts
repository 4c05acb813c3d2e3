/** A stream that is read as it comes, so that it is known how much of it waits. */
export interface ReadAhead {
  /** The next chunk; `undefined`: the stream has ended. */
  next(): Promise<Uint8Array | undefined>;
  /** Nobody wants the rest. */
  leave(): void;
}

/** Reads `body` ahead; `onHeld` is told by how many bytes more (or, negative, fewer) wait to be taken. */
export function readAhead(body: ReadableStream<Uint8Array>, onHeld: (bytes: number) => void): ReadAhead {
  const reader = body.getReader();
  let waiting: Uint8Array[] = [];
  let ended = false;
  let failure: unknown;
  let wake = () => {};

  async function read(): Promise<void> {
    for (let part = await reader.read(); !part.done && !ended; part = await reader.read()) {
      waiting.push(part.value);
      onHeld(part.value.length);
      wake();
    }
  }

  read()
    .catch((error: unknown) => {
      failure = error;
    })
    .finally(() => {
      ended = true;
      wake();
    });
  return {
    async next() {
      while (waiting.length === 0 && !ended) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      const chunk = waiting.shift();
      if (chunk) onHeld(-chunk.length);
      else if (failure !== undefined) throw failure;
      return chunk;
    },
    leave() {
      ended = true;
      for (const { length } of waiting) onHeld(-length);
      waiting = [];
      wake();
      reader.cancel().catch(() => {});
    },
  };
}
