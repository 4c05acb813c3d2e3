import { describe, expect, it } from 'vitest';
import { duringTest, type Hours, hoursWords, minuteOfWeek, readHours } from '../../../shared/policy/hours.ts';
import { describePredicate } from '../../../shared/policy/predicate-words.ts';
import { decision, errorsOf, judge, withRule } from './support.ts';

const DAY = 24 * 60;
const office: Hours = { days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '09:00', to: '18:00' };
const night: Hours = { days: ['fri', 'sun'], from: '22:00', to: '06:00' };

describe('a time of the week', () => {
  it('is by the clock and zone of this machine', () => {
    expect(minuteOfWeek(new Date(2026, 10, 30, 0, 0).getTime())).toBe(0);
    expect(minuteOfWeek(new Date(2026, 10, 30, 9, 5, 59).getTime())).toBe(9 * 60 + 5);
    expect(minuteOfWeek(new Date(2026, 10, 29, 23, 59).getTime())).toBe(7 * DAY - 1);
  });

  it('is within hours that pass midnight, and from one week into the next', () => {
    const within = duringTest(night);
    expect(within(4 * DAY + 22 * 60 - 1)).toBe(false);
    expect(within(4 * DAY + 22 * 60)).toBe(true);
    expect(within(5 * DAY + 6 * 60 - 1)).toBe(true);
    expect(within(5 * DAY + 6 * 60)).toBe(false);
    expect(within(5 * DAY + 23 * 60)).toBe(false);
    // Monday morning, of Sunday's night.
    expect(within(0)).toBe(true);
    expect(within(6 * 60)).toBe(false);
  });

  it('is within a whole day', () => {
    const within = duringTest({ days: ['tue'], from: '00:00', to: '24:00' });
    expect([DAY - 1, DAY, 2 * DAY - 1, 2 * DAY].map(within)).toEqual([false, true, true, false]);
  });
});

describe('a condition on the time', () => {
  const condition = (op: string, value: unknown = office) => ({ path: 'time', op, value });
  const at = (rule: object, minuteOfWeek: number) => decision(judge(withRule(rule), {}, { minuteOfWeek }));
  const [early, noon] = [8 * 60, 12 * 60];

  it('denies, lets through and asks like any other', () => {
    expect(at({ require: [condition('during')] }, noon)).toBe('allow');
    expect(at({ require: [condition('during')] }, early)).toBe('deny /tools/t/require/0');
    expect(at({ require: [condition('not_during')] }, noon)).toBe('deny /tools/t/require/0');
    expect(at({ deny_if: [condition('not_during')] }, noon)).toBe('allow');
    expect(at({ deny_if: [condition('not_during')] }, early)).toBe('deny /tools/t/deny_if/0');
    const asks = { require_approval: { when: [condition('not_during')] } };
    expect(at(asks, noon)).toBe('allow');
    expect(at(asks, early)).toBe('ask /tools/t/require_approval/when/0');
  });

  it('tells the agent when, in the words of the policy where it has some', () => {
    const told = (rule: object) => judge(withRule(rule), {}, { minuteOfWeek: early }).message;
    const when = "Monday to Friday, 09:00 to 18:00, by the clock of the person's computer. Call again then.";
    expect(told({ require: [condition('during')] })).toBe(`The policy allows this call only within ${when}`);
    expect(told({ deny_if: [condition('not_during')] })).toBe(
      `The policy allows this call only within ${when}`,
    );
    expect(told({ require: [{ ...condition('during'), on_deny: 'At nine.' }] })).toBe('At nine.');
  });

  it('has words', () => {
    expect(describePredicate(condition('not_during', { ...office }) as never, 'when')).toBe(
      'it comes outside of Monday to Friday, 09:00 to 18:00',
    );
    expect(hoursWords(night)).toBe('Friday and Sunday, 22:00 to 06:00 of the next day');
    expect(hoursWords({ days: ['sat'], from: '00:00', to: '24:00' })).toBe('Saturday, all day');
    expect(hoursWords({ ...office, days: ['mon', 'wed', 'fri'] })).toBe(
      'Monday, Wednesday and Friday, 09:00 to 18:00',
    );
  });

  it.each([
    ['value/days', { ...office, days: [] }, 'names at least one of'],
    ['value/days', { ...office, days: ['mon', 'mon'] }, 'each once'],
    ['value/days/0', { ...office, days: ['Monday'] }, 'names at least one of'],
    ['value', { ...office, from: '9:00' }, '"from" must be a time such as "09:00"'],
    ['value', { ...office, from: '24:00' }, '"from" must be a time'],
    ['value', { ...office, to: '25:00' }, '"to" must be a time'],
    ['value', { ...office, to: '09:00' }, 'must differ'],
    ['value/zone', { ...office, zone: 'UTC' }, 'Known: days, from, to'],
    ['value', 'always', 'takes { "days"'],
  ])('is refused with %s wrong, and says why', (where, value, words) => {
    const errors = errorsOf({
      version: '1',
      default: 'deny',
      tools: { t: { require: [condition('during', value)] } },
    });
    expect(errors[`/tools/t/require/0/${where}`]).toContain(words);
    expect(readHours(value as never)).toBeUndefined();
  });

  it.each([
    [{ path: 'args.n', op: 'during', value: office }, '"path" is "time"'],
    [{ path: 'time', op: 'eq', value: 5 }, '"during" and "not_during" alone'],
  ])('stands with its own path and operators alone', (predicate, words) => {
    const errors = errorsOf({ version: '1', default: 'deny', tools: { t: { deny_if: [predicate] } } });
    expect(errors['/tools/t/deny_if/0/path']).toContain(words);
  });
});
