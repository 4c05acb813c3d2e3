import type { Allowance, LimitCounter, State } from '../../../shared/contract.ts';
import { isAway, serversWords } from '../../../shared/server-words.ts';
import { momentWords } from '../../../shared/when.ts';
import { isSpendNear } from './spend.ts';
import { timeLeft } from './time-left.ts';

/** How the icon looks. What must not be missed comes first: refusing everything, letting everything through. */
export type TrayIcon =
  | { kind: 'on' | 'allowing' | 'blocked' | 'unreachable' }
  | { kind: 'waiting'; count: number };

/** The tray at a glance. */
export interface TrayLook {
  icon: TrayIcon;
  /** Beside the icon, where the platform has room (macOS). */
  title: string;
  toolTip: string;
}

/** Those of `allowances` by which calls pass without asking at `now` (milliseconds since the epoch). */
export function passes(allowances: readonly Allowance[], now: number): Allowance[] {
  return allowances.filter(
    ({ effect, until }) => effect === 'allow' && (until === undefined || Date.parse(until) > now),
  );
}

/** What the icon shows at `now` (milliseconds since the epoch). */
export function trayLook(
  state: State,
  now: number,
  {
    allowances = [],
    counters = [],
  }: { allowances?: readonly Allowance[]; counters?: readonly LimitCounter[] } = {},
): TrayLook {
  const passing = passes(allowances, now).length;
  const near = isSpendNear(counters);
  const icon = iconOf(state, passing > 0 || near);
  const left = state.guard.until === undefined ? '' : timeLeft(state.guard.until, now);
  return {
    icon,
    title: icon.kind === 'waiting' ? String(icon.count) : icon.kind === 'allowing' ? left : '',
    toolTip: [
      headline(state, now),
      ...(near ? ['A budget is nearly used up, or used up'] : []),
      ...(passing > 0
        ? [`${passing === 1 ? '1 allowance lets' : `${passing} allowances let`} calls through without asking`]
        : []),
      ...(state.pending > 0 ? [waitingWords(state.pending)] : []),
      ...(state.snooze === undefined ? [] : [snoozedWords(state.snooze.until, now)]),
    ].join('\n'),
  };
}

function iconOf({ guard, pending, upstream, servers }: State, amber: boolean): TrayIcon {
  if (guard.mode === 'block') return { kind: 'blocked' };
  if (pending > 0) return { kind: 'waiting', count: pending };
  if (guard.mode === 'allow' || amber) return { kind: 'allowing' };
  const away = servers.length > 1 ? servers.some(isAway) : isAway(upstream);
  return { kind: away ? 'unreachable' : 'on' };
}

/** One line: what Greenlight does with calls, and where the upstream stands, or how many servers do. */
export function headline({ guard, upstream, servers }: State, now: number): string {
  const where = servers.length > 1 ? serversWords(servers) : upstreamWords(upstream);
  return `Greenlight: ${guardWords(guard, now)}, ${where}`;
}

/** How many calls wait for the person. */
export function waitingWords(count: number, thing: 'call' | 'video' = 'call'): string {
  return count === 1 ? `1 ${thing} is waiting` : `${count} ${thing}s are waiting`;
}

/** Until when notifications are snoozed. */
export function snoozedWords(until: string, now: number): string {
  return `Notifications snoozed until ${momentWords(Date.parse(until), now)}`;
}

function guardWords(guard: State['guard'], now: number): string {
  const left = guard.until === undefined ? '' : ` (${timeLeft(guard.until, now)} left)`;
  switch (guard.mode) {
    case 'policy':
      return 'on';
    case 'ask':
      return `asking for every call${left}`;
    case 'allow':
      return `allowing without asking${left}`;
    case 'block':
      return `blocking everything${left}`;
  }
}

function upstreamWords({ kind, status }: State['upstream']): string {
  const name = kind === 'sandbox' ? 'sandbox' : 'Luma';
  switch (status) {
    case 'connected':
      return `${name} connected`;
    case 'starting':
      return `connecting to ${kind === 'sandbox' ? 'the sandbox' : name}`;
    case 'unreachable':
      return `${name} unreachable`;
    case 'unauthorized':
      return 'the upstream refuses the token';
  }
}
