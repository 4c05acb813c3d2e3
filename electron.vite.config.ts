import { defineConfig } from 'electron-vite';
import window from './vite.config.ts';

/** The licences of the packages that a bundle was made from, which ask to go along with them. */
const license = { fileName: 'licenses.md' };

/**
 * Builds the desktop host: the main process and the preload script from main/desktop, with the thread that reads
 * the log beside them; the window with the very settings of the browser host. Only what package.json lists under
 * `dependencies` stays outside of the bundle: what brings programs of its own.
 */
export default defineConfig({
  main: {
    build: {
      outDir: 'out/main',
      license,
      rolldownOptions: {
        input: {
          index: 'main/desktop/index.ts',
          'log-worker': 'main/ledger/log-worker.ts',
          bridge: 'main/connect/bridge.ts',
        },
        output: {
          // The thread is found beside the bundle.
          entryFileNames: '[name].js',
          chunkFileNames: '[name].js',
          // Names stay: errors in the log are read by people.
          minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
        },
      },
    },
  },
  preload: {
    build: {
      outDir: 'out/preload',
      // A sandboxed preload script can require nothing but Electron, and only as CommonJS.
      externalizeDeps: false,
      rolldownOptions: {
        input: 'main/desktop/preload.ts',
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    ...window,
    build: {
      ...window.build,
      outDir: 'out/renderer',
      license,
      // Both hosts serve this folder. The preset of electron-vite would add Electron's Chrome to a list of
      // targets, and replaces a single one; `es2024` is what the list comes to for scripts.
      target: 'es2024',
      cssTarget: window.build?.target ?? false,
      minify: true,
      rolldownOptions: { input: 'renderer/index.html' },
    },
  },
});
