import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/**
 * Builds the window for both hosts. The page is served under a strict Content-Security-Policy, so nothing
 * is inlined: no script, no style, no data: URL.
 */
export default defineConfig({
  root: 'renderer',
  base: './',
  plugins: [react(), tailwindcss()],
  build: {
    outDir: '../out/renderer',
    emptyOutDir: true,
    // Current Electron, and browsers that know light-dark().
    target: ['chrome130', 'firefox132', 'safari18'],
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
});
