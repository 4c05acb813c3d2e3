import { describe, expect, it } from 'vitest';
import { denialResult } from '../../../main/gate/denials.ts';
import { answer, CAT, openBench, refused, ruled, running, SECOND, SERVERS, VIDEO } from './setup.ts';

describe('limits at the gate', () => {
  it('let 30 calls a minute of each grant through; the 31st hears when to try again', async () => {
    const { admit, core, clock } = await openBench(
      ruled({ limits: [{ counter: 'rate', window: 'minute', max: 30, scope: 'grant' }] }),
    );
    for (let call = 0; call < 30; call += 1) {
      answer(running(await admit(VIDEO)));
      clock.advance(SECOND);
    }
    const told = refused(await admit(VIDEO));
    expect(told).toMatchObject({ retryAfterSeconds: 30, rule: '/tools/luma_generate_video/limits/0' });
    const text = denialResult(told).content[0]?.text;
    expect(text).toContain('30 calls in 1 minute, 0 calls left');
    expect(text).toContain('Try again in 30 s');
    expect(denialResult(told)._meta['greenlight/decision']).toMatchObject({
      outcome: 'denied',
      retryAfterSeconds: 30,
    });
    const other = core.grants.create('Other', SERVERS).grant;
    expect((await admit(VIDEO, CAT, { grant: other })).kind).toBe('run');
    clock.advance(30 * SECOND - 1);
    expect((await admit(VIDEO)).kind).toBe('denied');
    clock.advance(1);
    expect((await admit(VIDEO)).kind).toBe('run');
  });

  it('say so when only the end of open calls, or nothing, makes room', async () => {
    const { admit } = await openBench(
      ruled({
        limits: [{ counter: 'spend', window: 'day', max: 1, increment_from: 'args.n' }],
        validate_arguments: false,
      }),
    );
    expect((await admit(VIDEO, { n: 1 })).kind).toBe('run');
    expect(refused(await admit(VIDEO, { n: 0.5 })).advice).toContain('still open');
    expect(refused(await admit(VIDEO, { n: 2 })).advice).toContain('can never run');
  });
});
