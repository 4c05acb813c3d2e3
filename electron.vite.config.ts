import { defineConfig } from 'electron-vite';
import window from './vite.config.ts';

/**
 * Builds the desktop host: the main process and the preload script from main/desktop, with the thread that reads
 * the log beside them; the window with the very settings of the browser host. What package.json lists under
 * `dependencies` stays outside the bundle and is packed beside it; everything else is bundled.
 */
export default defineConfig({
  main: {
    build: {
      outDir: 'out/main',
      rolldownOptions: {
        input: { index: 'main/desktop/index.ts', 'log-worker': 'main/ledger/log-worker.ts' },
        // The thread is found beside the bundle.
        output: { entryFileNames: '[name].js', chunkFileNames: '[name].js' },
        // Loaded only where updates are on; it wants its own files around it.
        external: ['electron-updater'],
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
      // Both hosts serve this folder. The preset of electron-vite would add Electron's Chrome to a list of
      // targets, and replaces a single one; `es2024` is what the list comes to for scripts.
      target: 'es2024',
      cssTarget: window.build?.target ?? false,
      minify: true,
      rolldownOptions: { input: 'renderer/index.html' },
    },
  },
});
