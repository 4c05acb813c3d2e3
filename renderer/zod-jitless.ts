/**
 * Keeps zod from compiling checks with `new Function`, which the page's Content-Security-Policy forbids.
 * Imported first: a schema looks at this setting when it is made.
 */
import { config } from 'zod';

config({ jitless: true });
