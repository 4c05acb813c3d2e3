import { expect, test } from 'vitest';
import { ownTurn } from '../../../main/base/turns.ts';

test('of large messages each has a turn for itself, and others have theirs in between', async () => {
  const order: string[] = [];
  const other = (name: string) =>
    new Promise<void>((resolve) => setImmediate(() => resolve(void order.push(name))));
  const large = (name: string) => ownTurn().then(() => order.push(name));
  await Promise.all([
    large('large 1'),
    large('large 2'),
    (async () => {
      for (const name of ['small 1', 'small 2', 'small 3']) await other(name);
    })(),
  ]);
  expect(order.indexOf('large 2') - order.indexOf('large 1')).toBeGreaterThan(1);
});
