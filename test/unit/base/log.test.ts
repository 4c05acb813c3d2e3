import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createLogger } from '../../../main/base/log.ts';
import { skipUnless } from '../../support/skip.ts';

test(
  'a log that cannot be written disturbs nobody',
  skipUnless(existsSync('/dev/full'), 'the system has no /dev/full, a disk that is always full'),
  async () => {
    const logger = createLogger('/dev/full');
    for (let n = 0; n < 3; n += 1) {
      expect(() => logger.error({ err: new Error('bad') }, 'a call could not be judged')).not.toThrow();
      // What is told by an event comes later.
      await new Promise((resolve) => setImmediate(resolve));
    }
  },
);
