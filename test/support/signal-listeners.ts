import { constants } from 'node:os';

/** How many listeners each signal has in this process; those without one are left out. */
export function signalListeners(): Record<string, number> {
  const counts = Object.keys(constants.signals).map((signal) => [signal, process.listenerCount(signal)]);
  return Object.fromEntries(counts.filter(([, count]) => count !== 0));
}

/** What a host of Greenlight listens to: the ways to be asked to end, once each. */
export const ownSignals = { SIGHUP: 1, SIGINT: 1, SIGTERM: 1 };

/** The environment of a child process that tells its listeners at its end, as {@link signalReport}. */
export const reportingSignals = {
  NODE_OPTIONS: `--import ${new URL('./report-signals.ts', import.meta.url).href}`,
};

/** The line on a child's standard error. */
export function signalReport(listeners: Record<string, number>): string {
  return `listened to ${JSON.stringify(listeners)}\n`;
}
