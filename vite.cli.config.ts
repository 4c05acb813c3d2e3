import { defineConfig } from 'vite';

/**
 * Builds the command line, and what runs beside it as beside the hosts, into a folder that needs no packages: it goes along
 * with the desktop application too. What it starts (`serve`) is in out/browser.
 */
export default defineConfig({
  build: {
    ssr: true,
    outDir: 'out/cli',
    emptyOutDir: true,
    target: 'node24',
    license: { fileName: 'licenses.md' },
    rolldownOptions: {
      input: {
        index: 'main/cli/index.ts',
        'keyring-process': 'main/secrets/keyring-process.ts',
        'log-worker': 'main/ledger/log-worker.ts',
      },
      output: {
        // Beside the desktop application no package.json says what they are.
        entryFileNames: '[name].mjs',
        chunkFileNames: '[name].mjs',
        // Names stay: errors are read by people.
        minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
      },
    },
  },
  ssr: {
    noExternal: true,
    // These bring programs of their own: native code, notifiers, xdg-open. Only what says so needs them.
    external: ['@napi-rs/keyring', 'node-notifier', 'open'],
  },
});
