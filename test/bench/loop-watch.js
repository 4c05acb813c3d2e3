// `node --import loop-watch.js ...`: measures how long the event loop of a process is blocked. On SIGUSR2 it says on
// standard error how long it was at most since it was last asked. JavaScript, so that a host does not load what
// strips types only for this.
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Milliseconds between two looks. */
const RESOLUTION = 5;

const delays = monitorEventLoopDelay({ resolution: RESOLUTION });
delays.enable();
process.on('SIGUSR2', () => {
  const longest = Math.max(0, delays.max / 1e6 - RESOLUTION);
  delays.reset();
  process.stderr.write(`longest block: ${longest.toFixed(2)} ms\n`);
});
