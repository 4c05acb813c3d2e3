import type { BrowserHost } from './browser-host.ts';
import { until } from './wait.ts';

/** The person uses what another program wrote, once it waits: `policy:<id>` or `settings`. */
export async function useFromOutside(host: BrowserHost, id: string): Promise<void> {
  const waiting = async () => (await host.api('outside.list')).changes.find((change) => change.id === id);
  await until(async () => (await waiting()) !== undefined, `nothing waits as ${id}`);
  await host.api('outside.decide', { id, digest: String((await waiting())?.digest), answer: 'use' });
}
