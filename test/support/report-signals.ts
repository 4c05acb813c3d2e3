/** For `node --import`: at its end the process says on standard error who listened to which signal. */
import { writeSync } from 'node:fs';
import { signalListeners, signalReport } from './signal-listeners.ts';

process.on('exit', () => writeSync(2, signalReport(signalListeners())));
