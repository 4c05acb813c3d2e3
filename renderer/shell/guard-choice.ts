import type { GuardSettings } from '../../shared/settings.ts';

const MINUTE = 60_000;

/** The choices of the guard mode, in the order they are offered. */
export const GUARD_CHOICES = [
  { id: 'policy', mode: 'policy', label: 'Follow the policy' },
  { id: 'ask', mode: 'ask', label: 'Ask for every call' },
  {
    id: 'allow-15',
    mode: 'allow',
    label: 'Allow without asking for 15 min',
    ms: 15 * MINUTE,
  },
  { id: 'allow-60', mode: 'allow', label: 'Allow without asking for 1 h', ms: 60 * MINUTE },
  { id: 'block', mode: 'block', label: 'Block everything' },
] as const;

export type GuardChoice = (typeof GUARD_CHOICES)[number]['id'];

/** The parameters of `guard.set` for a choice made at `now` (milliseconds since the epoch). */
export function guardParams(choice: GuardChoice, now: number): GuardSettings {
  const chosen = GUARD_CHOICES.find(({ id }) => id === choice);
  if (chosen === undefined) return { mode: 'policy' };
  if (!('ms' in chosen)) return { mode: chosen.mode };
  return { mode: chosen.mode, until: new Date(now + chosen.ms).toISOString() };
}

/**
 * The choice that `guard` stands for at `now`. The settings say until when, not for how long it was
 * chosen: what has at most a quarter of an hour left counts as that.
 */
export function guardChoice(guard: GuardSettings, now: number): GuardChoice {
  if (isOver(guard, now)) return 'policy';
  if (guard.mode !== 'allow') return guard.mode;
  return guard.until !== undefined && Date.parse(guard.until) - now <= 15 * MINUTE ? 'allow-15' : 'allow-60';
}

/** Whether the time of `guard` has passed at `now`: it is then the same as following the policy. */
export function isOver(guard: GuardSettings, now: number): boolean {
  return guard.until !== undefined && Date.parse(guard.until) <= now;
}
