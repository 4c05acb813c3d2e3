/** For `node --import`: puts the fake in the place of Electron, for our code and for packages alike. */
import { registerHooks } from 'node:module';

const fake = new URL('./main.ts', import.meta.url).href;

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'electron' ? { url: fake, shortCircuit: true } : next(specifier, context),
});
