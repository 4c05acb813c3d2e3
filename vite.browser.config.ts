import { defineConfig } from 'vite';

/**
 * Builds the browser host into one file, and what runs beside it (the process that asks the keyring, the thread that
 * reads the log) or elsewhere (the bridge of Claude Desktop) into others: 100 MiB at rest instead of 147 MiB from its sources, most of it Node's own. `index.js`
 * has Node keep what it compiled, and starts it.
 */
export default defineConfig({
  build: {
    ssr: true,
    outDir: 'out/browser',
    emptyOutDir: true,
    target: 'node24',
    rolldownOptions: {
      input: {
        index: 'main/browser/start.ts',
        'keyring-process': 'main/secrets/keyring-process.ts',
        'log-worker': 'main/ledger/log-worker.ts',
        bridge: 'main/connect/bridge.ts',
      },
      output: {
        entryFileNames: '[name].js',
        chunkFileNames: '[name].js',
        // Names stay: errors in the log are read by people.
        minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
      },
    },
  },
  ssr: {
    noExternal: true,
    // These bring programs of their own: native code, notifiers, xdg-open.
    external: ['@napi-rs/keyring', 'node-notifier', 'open'],
  },
});
