import { describe, expect, it } from 'vitest';
import { GUARD_CHOICES, guardChoice, guardParams, isOver } from '../../../renderer/shell/guard-choice.ts';
import { methods } from '../../../shared/contract.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');

describe('the guard mode', () => {
  it('is what was chosen, for every choice', () => {
    for (const { id } of GUARD_CHOICES) {
      const params = guardParams(id, NOW);
      expect(methods['guard.set'].params.safeParse(params).success).toBe(true);
      expect(guardChoice(params, NOW)).toBe(id);
    }
  });

  it('allows without asking only until its time', () => {
    const params = guardParams('allow-15', NOW);
    expect(params).toEqual({ mode: 'allow', until: '2026-03-01T12:15:00.000Z' });
    expect(isOver(params, NOW + 15 * 60_000 - 1)).toBe(false);
    expect(guardChoice(params, NOW + 15 * 60_000)).toBe('policy');
  });
});
