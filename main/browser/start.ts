/** The entry of the built browser host: starts it, and has Node keep what it compiled for the next start. */
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

// Beside the code, and no less trustworthy: whoever can write there can change the code as well. In the data directory
// it would be another way in. Where it cannot be written, Node goes without.
enableCompileCache(join(import.meta.dirname, 'compiled'));
await import('./index.ts');
