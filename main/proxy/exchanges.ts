import type { Clock, Logger } from '../base/ports.ts';
import type { Gate } from '../gate/gate.ts';
import type { ActivityReader } from '../ledger/activity-reader.ts';
import { type Grants, isTest } from '../ledger/grants.ts';
import type { Sessions } from '../ledger/sessions.ts';
import type { Tasks } from '../ledger/tasks.ts';
import type { Videos } from '../ledger/videos.ts';
import type { Server, Servers } from '../servers/servers.ts';
import type { TestUpstream } from '../upstream/test-upstream.ts';
import { createCalls } from './calls.ts';
import { createExchange } from './exchange.ts';
import { quitting, removed } from './faults.ts';
import type { Exchange } from './passage.ts';

/** The ways through the proxy to each server: what is under way to one is nothing to another. */
export interface Exchanges {
  /** The way to the server `id`; `undefined`: there is no such server. */
  of(id: string): Exchange | undefined;
  /** Ends what is under way upstream; each client is told. */
  close(): void;
}

export function createExchanges(parts: {
  servers: Pick<Servers, 'get' | 'onExchanged'>;
  testUpstream: TestUpstream;
  gate: Gate;
  grants: Grants;
  sessions: Sessions;
  tasks: Tasks;
  log: ActivityReader;
  videos: Videos;
  clock: Clock;
  logger: Logger;
}): Exchanges {
  const { servers, testUpstream, gate, grants, sessions, tasks, log, videos, clock, logger } = parts;
  const exchanges = new Map<string, Exchange>();

  const madeTask = (task: Parameters<Tasks['add']>[0]) => {
    try {
      tasks.add(task);
    } catch (error) {
      logger.warn(
        { reason: String(error) },
        'whose a task is could not be written; it is known until the end',
      );
    }
  };

  function open({ id, connection }: Server): Exchange {
    const schemaOf = (tool: string) => {
      const found = connection.find(tool);
      return typeof found === 'string' ? undefined : found.inputSchema;
    };
    const exchange = createExchange(
      {
        server: id,
        clock,
        logger,
        grants,
        sessions,
        tasks,
        log,
        videos,
        upstream: (grant) => (isTest(grant.id) ? testUpstream.upstream : connection.upstream()),
        hides: (grant, tool) => gate.hides(grant, id, tool),
        schemaOf,
        sawTools: (tools) => connection.saw(tools),
        toolsVersion: () => connection.toolsVersion(),
        toolsChanged: () => connection.toolsChanged(),
        openWithin: () => connection.openWithin(),
      },
      (forward) => createCalls({ server: id, clock, gate, schemaOf, madeTask }, forward),
    );
    exchanges.set(id, exchange);
    return exchange;
  }

  servers.onExchanged((id) => {
    if (servers.get(id)) return;
    exchanges.get(id)?.close(removed);
    exchanges.delete(id);
  });

  return {
    of(id) {
      const server = servers.get(id);
      return server && (exchanges.get(id) ?? open(server));
    },
    close() {
      for (const exchange of exchanges.values()) exchange.close(quitting);
    },
  };
}
