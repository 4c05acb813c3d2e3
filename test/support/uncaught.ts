/** For `node --import`: mistakes on demand. SIGUSR2 has the process throw, SIGWINCH reject, and nothing catches it. */
process.on('SIGUSR2', () => {
  throw new Error('a mistake, thrown');
});
process.on('SIGWINCH', () => void Promise.reject(new Error('a mistake, rejected')));
