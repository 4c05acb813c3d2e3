/** The tray's menu as data: a pure function of what Greenlight says. */
import { allowedWords, usedWords } from '../../../shared/allowance.ts';
import type {
  Allowance,
  Approval,
  LimitCounter,
  OutsideChange,
  PolicySummary,
  State,
} from '../../../shared/contract.ts';
import { difference } from '../../../shared/difference.ts';
import { lumaToolOn } from '../../../shared/luma.ts';
import { LUMA } from '../../../shared/server-id.ts';
import { serverLabel } from '../../../shared/server-name.ts';
import { isAway, serverWords } from '../../../shared/server-words.ts';
import { noticeFor } from '../../notify/notice.ts';
import { answersTo, titleOf } from '../../notify/outside-notice.ts';
import { oneLine } from '../../notify/text.ts';
import { headline, passes, waitingWords } from './look.ts';
import { type SnoozeAction, snoozeEntries } from './snooze.ts';
import { spendLines } from './spend.ts';
import { timeLeft } from './time-left.ts';

/** What choosing an item does. */
export type TrayAction =
  | { do: 'answer'; id: string; answer: 'allow' | 'deny' }
  /** `approvalId`: also of a change from outside. */
  | { do: 'open'; approvalId?: string }
  | { do: 'decide outside'; id: string; digest: string; answer: 'use' | 'keep' }
  | { do: 'guard'; mode: State['guard']['mode']; minutes?: number }
  | SnoozeAction
  | { do: 'default policy'; id: string; server?: string }
  | { do: 'pause' | 'resume' | 'end allowance'; id: string }
  | { do: 'copy address' }
  | { do: 'start at login'; on: boolean }
  | { do: 'quit' };

/** One item. Labels are plain text; who shows them escapes what the platform would read as a mnemonic. */
export type TrayItem =
  | { kind: 'separator' }
  /** Only to be read. */
  | { kind: 'text'; label: string }
  | { kind: 'action'; label: string; action: TrayAction }
  | { kind: 'choice'; label: string; checked: boolean; action: TrayAction }
  | { kind: 'menu'; label: string; items: TrayItem[] };

/** What the menu shows. */
export interface TrayView {
  state: State;
  /** Those that wait, oldest first. */
  approvals: readonly Approval[];
  /** What other programs changed, oldest first. */
  changes: readonly OutsideChange[];
  policies: readonly PolicySummary[];
  /** What the limits have counted, and what one unit of cost is called. */
  counters: readonly LimitCounter[];
  costUnit: string;
  /** Standing permissions, blocks and pauses. */
  allowances: readonly Allowance[];
  startAtLogin: boolean;
  whileSnoozed: 'wait' | 'deny';
  /** Milliseconds since the epoch. */
  now: number;
}

/** Longer menus than this scroll off the screen; the window shows the rest. */
const MOST_APPROVALS = 10;
const MOST_POLICIES = 20;
const MOST_CHANGES = 5;
const MOST_PAUSED = 10;
const MOST_AWAY = 5;
const MOST_PASSING = 5;

/** How much of a difference the menu shows: what one can read at a glance. */
const DIFFERENCE = { lines: 8, width: 100 };

/** Code points of an approval's item. */
const LONGEST_LABEL = 60;

const separator: TrayItem = { kind: 'separator' };

/** The whole menu, from top to bottom. */
export function trayMenu(view: TrayView): TrayItem[] {
  const { state, now } = view;
  return [
    { kind: 'text', label: headline(state, now) },
    ...awayItems(state),
    ...spendLines(view.counters, view.costUnit, state.servers).map(
      (label): TrayItem => ({ kind: 'text', label }),
    ),
    ...problemItems(state),
    separator,
    waitingItem(view),
    ...pausedItems(view),
    ...outsideItems(view),
    separator,
    ...passingItems(view),
    ...guardItems(state.guard, now),
    snoozeItem(view),
    separator,
    policyItem(view),
    { kind: 'action', label: 'Open Greenlight', action: { do: 'open' } },
    { kind: 'action', label: 'Copy the MCP address', action: { do: 'copy address' } },
    {
      kind: 'choice',
      label: 'Start at login',
      checked: view.startAtLogin,
      action: { do: 'start at login', on: !view.startAtLogin },
    },
    { kind: 'action', label: 'Quit', action: { do: 'quit' } },
  ];
}

/** Of several servers those that are away, each by its name; the headline has how many there are. */
function awayItems({ servers }: State): TrayItem[] {
  if (servers.length < 2) return [];
  return servers
    .filter(isAway)
    .slice(0, MOST_AWAY)
    .map((server) => ({
      kind: 'text',
      label: serverWords(server, oneLine(serverLabel(servers, server.id) ?? server.name, LONGEST_LABEL)),
    }));
}

function problemItems({ problems, notifier }: State): TrayItem[] {
  // What other programs changed has items of its own.
  const count = problems.filter(({ id }) => id !== 'outside').length + (notifier.working ? 0 : 1);
  if (count === 0) return [];
  const label = count === 1 ? '1 problem: see what to do' : `${count} problems: see what to do`;
  return [{ kind: 'action', label, action: { do: 'open' } }];
}

function waitingItem({ approvals, state }: TrayView): TrayItem {
  if (approvals.length === 0) return { kind: 'text', label: 'Nothing is waiting' };
  const more = approvals.length - MOST_APPROVALS;
  const rest: TrayItem[] =
    more > 0 ? [{ kind: 'action', label: `${more} more in the window`, action: { do: 'open' } }] : [];
  return {
    kind: 'menu',
    label: waitingWords(approvals.length, approvals.every(makesVideo) ? 'video' : 'call'),
    items: [
      ...approvals.slice(0, MOST_APPROVALS).map((approval) => approvalItem(approval, state)),
      ...rest,
      ...pauseItems(approvals),
    ],
  };
}

/** One for each client that waits. */
function pauseItems(approvals: readonly Approval[]): TrayItem[] {
  const clients = new Map(approvals.map(({ client }) => [client.id, client]));
  return [
    separator,
    ...[...clients.values()].slice(0, MOST_APPROVALS).map(
      ({ id, label }): TrayItem => ({
        kind: 'action',
        label: `Pause this client: ${oneLine(label, LONGEST_LABEL)}`,
        action: { do: 'pause', id },
      }),
    ),
  ];
}

/** A client is paused by a block without an end. */
function pausedItems({ allowances }: TrayView): TrayItem[] {
  const paused = allowances.filter(({ effect, until }) => effect === 'block' && until === undefined);
  const more = paused.length - MOST_PAUSED;
  return [
    ...paused.slice(0, MOST_PAUSED).map(
      ({ client }): TrayItem => ({
        kind: 'menu',
        label: `${oneLine(client.label, LONGEST_LABEL)} is paused`,
        items: [
          { kind: 'text', label: 'Its calls are denied until you resume it' },
          { kind: 'action', label: 'Resume', action: { do: 'resume', id: client.id } },
        ],
      }),
    ),
    ...(more > 0
      ? [{ kind: 'action', label: `${more} more are paused`, action: { do: 'open' } } as const]
      : []),
  ];
}

function makesVideo({ server, tool }: Approval): boolean {
  return lumaToolOn(server, tool)?.category === 'Write';
}

/** Above the answers stands what a notification would say: nobody allows what they cannot read. */
function approvalItem(approval: Approval, { servers }: State): TrayItem {
  const { id, server, tool } = approval;
  const { title, body, answerable } = noticeFor({ ...approval, on: serverLabel(servers, server) });
  const [subject = '', ...signals] = body.split('\n');
  return {
    kind: 'menu',
    label: oneLine(
      `${approval.client.label}: ${subject === '' ? (lumaToolOn(server, tool)?.does ?? tool) : subject}`,
      LONGEST_LABEL,
    ),
    items: [
      ...[title, subject, ...signals].filter(Boolean).map((label): TrayItem => ({ kind: 'text', label })),
      separator,
      ...(answerable ? [answerItem(id, 'Allow once', 'allow')] : []),
      answerItem(id, 'Deny', 'deny'),
      { kind: 'action', label: 'Details...', action: { do: 'open', approvalId: id } },
    ],
  };
}

function answerItem(id: string, label: string, answer: 'allow' | 'deny'): TrayItem {
  return { kind: 'action', label, action: { do: 'answer', id, answer } };
}

function outsideItems({ changes }: TrayView): TrayItem[] {
  const more = changes.length - MOST_CHANGES;
  return [
    ...changes.slice(0, MOST_CHANGES).map(outsideItem),
    ...(more > 0
      ? [
          {
            kind: 'action',
            label: `${more} more changed outside Greenlight`,
            action: { do: 'open' },
          } as const,
        ]
      : []),
  ];
}

/** *Use it* stands only below the whole difference: nobody accepts what they cannot read. */
function outsideItem(change: OutsideChange): TrayItem {
  const { id, digest, before, after } = change;
  const { lines, whole } = difference(before, after, DIFFERENCE);
  const answers = answersTo(change);
  const item = (answer: 'use' | 'keep'): TrayItem => ({
    kind: 'action',
    label: answers[answer],
    action: { do: 'decide outside', id, digest, answer },
  });
  return {
    kind: 'menu',
    label: titleOf(change),
    items: [
      ...lines.map((label): TrayItem => ({ kind: 'text', label })),
      separator,
      ...(whole ? [item('use')] : []),
      item('keep'),
      { kind: 'action', label: 'Details...', action: { do: 'open', approvalId: id } },
    ],
  };
}

/** What passes without asking, above the guard mode, which may say that nothing does. */
function passingItems({ state, allowances, costUnit, now }: TrayView): TrayItem[] {
  const passing = passes(allowances, now);
  const more = passing.length - MOST_PASSING;
  return [
    ...passing.slice(0, MOST_PASSING).map((allowance): TrayItem => {
      const { id, client, server, until } = allowance;
      const on = server === undefined ? undefined : serverLabel(state.servers, server);
      const what = `${client.label}, ${allowedWords(allowance)}${on === undefined ? '' : ` on ${on}`}`;
      const left = until === undefined ? 'until you quit' : `${timeLeft(until, now)} left`;
      return {
        kind: 'action',
        label: `Ask again: ${oneLine(what, LONGEST_LABEL)} (${[usedWords(allowance, costUnit), left].filter(Boolean).join(', ')})`,
        action: { do: 'end allowance', id },
      };
    }),
    ...(more > 0
      ? [{ kind: 'action', label: `${more} more pass without asking`, action: { do: 'open' } } as const]
      : []),
  ];
}

function guardItems({ mode, until }: State['guard'], now: number): TrayItem[] {
  const left = until === undefined ? '' : ` (${timeLeft(until, now)} left)`;
  const choice = (of: 'policy' | 'ask' | 'block', label: string): TrayItem => ({
    kind: 'choice',
    label: mode === of ? `${label}${left}` : label,
    checked: mode === of,
    action: { do: 'guard', mode: of },
  });
  const allow = (label: string, minutes: number): TrayItem => ({
    kind: 'action',
    label,
    action: { do: 'guard', mode: 'allow', minutes },
  });
  return [
    choice('policy', 'Follow the policy'),
    choice('ask', 'Ask for every call'),
    {
      kind: 'menu',
      label: mode === 'allow' ? `Allow without asking${left}` : 'Allow without asking',
      items: [allow('for 15 minutes', 15), allow('for 1 hour', 60)],
    },
    choice('block', 'Block everything'),
  ];
}

function snoozeItem({ state, whileSnoozed, now }: TrayView): TrayItem {
  const { label, entries, choices } = snoozeEntries(state.snooze, whileSnoozed, now);
  return {
    kind: 'menu',
    label,
    items: [
      ...entries.map((entry): TrayItem => ({ kind: 'action', ...entry })),
      separator,
      ...choices.map((choice): TrayItem => ({ kind: 'choice', ...choice })),
    ],
  };
}

/** With several servers one menu for each: a policy is for one of them. */
function policyItem({ policies, state }: TrayView): TrayItem {
  const several = state.servers.length > 1;
  const of = (server: string): TrayItem[] =>
    policies
      .filter((policy) => policy.server === server)
      .slice(0, MOST_POLICIES)
      .map((policy) => ({
        kind: 'choice',
        label: oneLine(policy.name, LONGEST_LABEL),
        checked: server === LUMA ? policy.id === state.defaultPolicyId : policy.isDefault,
        action: { do: 'default policy', id: policy.id, ...(several && { server }) },
      }));
  if (!several) return { kind: 'menu', label: 'Default policy', items: of(LUMA) };
  return {
    kind: 'menu',
    label: 'Default policy',
    items: state.servers
      .map(({ id, name }): TrayItem & { kind: 'menu' } => ({
        kind: 'menu',
        label: oneLine(serverLabel(state.servers, id) ?? name, LONGEST_LABEL),
        items: of(id),
      }))
      .filter(({ items }) => items.length > 0),
  };
}
