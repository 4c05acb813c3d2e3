import { randomUUID } from 'node:crypto';
import type { EventStore } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';

/** Keeps every event in memory, so that a client may resume a stream with `Last-Event-ID`. */
export function createMemoryEventStore(): EventStore {
  const events = new Map<string, { streamId: string; message: JSONRPCMessage }>();
  return {
    async storeEvent(streamId, message) {
      const id = randomUUID();
      events.set(id, { streamId, message });
      return id;
    },
    async getStreamIdForEventId(eventId) {
      return events.get(eventId)?.streamId;
    },
    async replayEventsAfter(lastEventId, { send }) {
      const streamId = events.get(lastEventId)?.streamId;
      if (streamId === undefined) throw new Error(`The event ${lastEventId} is not known.`);
      let after = false;
      for (const [id, event] of events) {
        // A priming event is stored as an empty object: it carries an id and no message.
        if (after && event.streamId === streamId && 'jsonrpc' in event.message) await send(id, event.message);
        if (id === lastEventId) after = true;
      }
      return streamId;
    },
  };
}
