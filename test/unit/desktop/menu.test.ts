import { describe, expect, test } from 'vitest';
import { trayLook } from '../../../main/desktop/tray/look.ts';
import { type TrayItem, type TrayView, trayMenu } from '../../../main/desktop/tray/menu.ts';
import { spendLines } from '../../../main/desktop/tray/spend.ts';
import { menuTemplate } from '../../../main/desktop/tray/tray.ts';
import type { Allowance, LimitCounter, OutsideChange, State } from '../../../shared/contract.ts';
import { momentWords, tomorrowMorning } from '../../../shared/when.ts';
import { approval, NOW, policy, view } from './samples.ts';

/** The menu as lines: two spaces for each level, a mark for what is chosen, brackets around what is only text. */
function lines(items: readonly TrayItem[], level = 0): string[] {
  const indent = '  '.repeat(level);
  return items.flatMap((item) => [
    `${indent}${line(item)}`,
    ...(item.kind === 'menu' ? lines(item.items, level + 1) : []),
  ]);
}

function line(item: TrayItem): string {
  switch (item.kind) {
    case 'separator':
      return '--';
    case 'text':
      return `[${item.label}]`;
    case 'action':
      return item.label;
    case 'choice':
      return `${item.checked ? '(o)' : '( )'} ${item.label}`;
    case 'menu':
      return `${item.label} >`;
  }
}

const shown = (change: Partial<TrayView> = {}, state: Partial<TrayView['state']> = {}) =>
  lines(trayMenu(view(change, state)));

test('with nothing waiting', () => {
  expect(shown()).toEqual([
    '[Greenlight: on, Luma connected]',
    '--',
    '[Nothing is waiting]',
    '--',
    '(o) Follow the policy',
    '( ) Ask for every call',
    'Allow without asking >',
    '  for 15 minutes',
    '  for 1 hour',
    '( ) Block everything',
    'Snooze notifications >',
    '  for 30 minutes',
    '  for 1 hour',
    `  until ${momentWords(tomorrowMorning(NOW), NOW)}`,
    '  --',
    '  (o) Calls that need you wait here',
    '  ( ) Calls that need you are denied',
    '--',
    'Default policy >',
    '  (o) Ask before every video',
    '  ( ) Autopilot on a budget',
    'Open Greenlight',
    'Copy the MCP address',
    '( ) Start at login',
    'Quit',
  ]);
});

test('with videos waiting, each with what a notification would say and its answers', () => {
  const approvals = [
    approval({
      id: 'a',
      signals: [
        { kind: 'cost', text: 'Costs $0.40' },
        { kind: 'first', text: 'First time' },
      ],
    }),
    approval({ id: 'b', client: { id: 'g2', label: 'Cursor' }, arguments: { prompt: 'Drone over a lake' } }),
  ];
  expect(shown({ approvals }, { pending: 2 }).slice(0, 18)).toEqual([
    '[Greenlight: on, Luma connected]',
    '--',
    '2 videos are waiting >',
    '  Claude: “A cat in the rain” >',
    '    [Claude wants to make a video]',
    '    [“A cat in the rain”]',
    '    [Costs $0.40]',
    '    [First time]',
    '    --',
    '    Allow once',
    '    Deny',
    '    Details...',
    '  Cursor: “Drone over a lake” >',
    '    [Cursor wants to make a video]',
    '    [“Drone over a lake”]',
    '    --',
    '    Allow once',
    '    Deny',
  ]);
});

test('each client that waits can be paused, and one that is paused resumed', () => {
  const approvals = [
    approval({ id: 'a' }),
    approval({ id: 'b' }),
    approval({ id: 'c', client: { id: 'g2', label: 'Cursor\u202e' } }),
  ];
  const none = { ceiling: {}, used: { calls: 0, cost: 0 } };
  const allowances = [
    {
      id: '1',
      effect: 'block',
      client: { id: 'g3', label: 'Codex' },
      createdAt: '2026-01-01T00:00:00.000Z',
      ...none,
    },
    {
      id: '2',
      effect: 'block',
      client: { id: 'g4', label: 'Zed' },
      createdAt: '2026-01-01T00:00:00.000Z',
      until: '2026-01-01T00:10:00.000Z',
      ...none,
    },
    {
      id: '3',
      effect: 'allow',
      client: { id: 'g5', label: 'Pi' },
      tool: 't',
      createdAt: '2026-01-01T00:00:00.000Z',
      ...none,
    },
  ] as const;
  const all = shown({ approvals, allowances });
  const at = all.indexOf('  Pause this client: Claude');
  expect(all.slice(at, at + 5)).toEqual([
    '  Pause this client: Claude',
    '  Pause this client: Cursor[U+202E]',
    'Codex is paused >',
    '  [Its calls are denied until you resume it]',
    '  Resume',
  ]);
  expect(all.filter((line) => line.includes('paused'))).toHaveLength(1);
});

test('what passes without asking stands above the guard mode, with what is used of it, and ends with one click', () => {
  const given = { effect: 'allow', createdAt: '2026-01-01T00:00:00.000Z' } as const;
  const claude = { id: 'g1', label: 'Claude' };
  const allowances: Allowance[] = [
    {
      ...given,
      id: '1',
      client: claude,
      tool: 'luma_generate_video',
      ceiling: { calls: 10 },
      used: { calls: 4, cost: 1.6 },
      until: '2026-01-01T00:12:00.000Z',
    },
    {
      ...given,
      id: '2',
      client: claude,
      tool: 'luma_generate_video',
      only: { hosts: ['a.example'] },
      ceiling: { cost: 5 },
      used: { calls: 1, cost: 0.4 },
    },
  ];
  const all = shown({ allowances });
  const at = all.indexOf('(o) Follow the policy');
  expect(all.slice(at - 2, at)).toEqual([
    'Ask again: Claude, any video (4 of 10 used, 12 min left)',
    'Ask again: Claude, any video to a.example only ($0.40 of $5.00 used, until you quit)',
  ]);
  const items = trayMenu(view({ allowances }));
  expect(items).toContainEqual(expect.objectContaining({ action: { do: 'end allowance', id: '1' } }));
  const { icon, toolTip } = trayLook(view().state, NOW, { allowances });
  expect(icon.kind).toBe('allowing');
  expect(toolTip).toContain('2 allowances let calls through without asking');
});

test('while notifications are snoozed, until when, and how to end it', () => {
  const until = NOW + 30 * 60_000;
  const all = shown({ whileSnoozed: 'deny' }, { snooze: { until: new Date(until).toISOString() } });
  const at = all.indexOf(`Notifications snoozed until ${momentWords(until, NOW)} >`);
  expect(all.slice(at, at + 5)).toEqual([
    `Notifications snoozed until ${momentWords(until, NOW)} >`,
    '  End now',
    '  --',
    '  ( ) Calls that need you wait here',
    '  (o) Calls that need you are denied',
  ]);
});

test('what was spent stands against its cap, what is nearest to it first', () => {
  const counter: LimitCounter = {
    id: 'x',
    counter: 'spend',
    scope: 'all',
    counts: 'cost',
    used: 0,
    max: 5,
    windowSeconds: 86_400,
    whenReached: 'deny',
    policyIds: ['ask-before-every-video'],
  };
  const counters: LimitCounter[] = [
    counter,
    { ...counter, counts: 'calls', used: 4 },
    {
      ...counter,
      scope: 'grant',
      client: { id: 'g1', label: 'Claude' },
      used: 1.2,
      max: 2,
      windowSeconds: 3600,
    },
    { ...counter, scope: 'session', client: { id: 'g1', label: 'Claude' }, session: 's', used: 0.4 },
  ];
  expect(shown({ counters }).slice(0, 5)).toEqual([
    '[Greenlight: on, Luma connected]',
    '[Claude: $1.20 of $2.00 in 1 hour]',
    '[Claude, one session: $0.40 of $5.00 today]',
    '[$0.00 of $5.00 today]',
    '--',
  ]);
});

test('an answer names the approval it is for', () => {
  const [, , waiting] = trayMenu(view({ approvals: [approval({ id: 'a' })] }));
  const item = waiting?.kind === 'menu' ? waiting.items[0] : undefined;
  const actions =
    item?.kind === 'menu' ? item.items.flatMap((each) => ('action' in each ? [each.action] : [])) : [];
  expect(actions).toEqual([
    { do: 'answer', id: 'a', answer: 'allow' },
    { do: 'answer', id: 'a', answer: 'deny' },
    { do: 'open', approvalId: 'a' },
  ]);
});

test('what is sent and cannot be read there is allowed in the window only', () => {
  const signals = [{ kind: 'also', text: `Also sends ${'s'.repeat(200)}` } as const];
  const items = shown({ approvals: [approval({ signals })] });
  expect(items).toContain('    Deny');
  expect(items).not.toContain('    Allow once');
});

test('calls that make no video are called calls', () => {
  const looking = approval({ tool: 'luma_get_task' });
  expect(shown({ approvals: [looking] })).toContain('1 call is waiting >');
  // One without a prompt or other arguments is named by what it is for.
  expect(shown({ approvals: [{ ...looking, arguments: {} }] })).toContain('  Claude: look up a video >');
  expect(shown({ approvals: [approval({})] })).toContain('1 video is waiting >');
});

test('more than ten are left to the window', () => {
  const approvals = Array.from({ length: 13 }, (_, index) => approval({ id: String(index) }));
  const all = shown({ approvals });
  expect(all.filter((line) => line.startsWith('  Claude:'))).toHaveLength(10);
  expect(all).toContain('  3 more in the window');
});

describe('guard modes', () => {
  const until = '2026-01-01T00:11:30.000Z';

  test.each([
    [{ mode: 'ask' }, '[Greenlight: asking for every call, Luma connected]', '(o) Ask for every call'],
    [{ mode: 'block' }, '[Greenlight: blocking everything, Luma connected]', '(o) Block everything'],
    [
      { mode: 'block', until },
      '[Greenlight: blocking everything (12 min left), Luma connected]',
      '(o) Block everything (12 min left)',
    ],
    [
      { mode: 'allow', until },
      '[Greenlight: allowing without asking (12 min left), Luma connected]',
      'Allow without asking (12 min left) >',
    ],
  ] as const)('%j', (guard, headline, chosen) => {
    const all = shown({}, { guard });
    expect(all[0]).toBe(headline);
    expect(all).toContain(chosen);
    expect(all.slice(0, 10).filter((line) => line.startsWith('(o)'))).toHaveLength(
      guard.mode === 'allow' ? 0 : 1,
    );
  });
});

test.each([
  [{ kind: 'sandbox', status: 'connected' }, 'sandbox connected'],
  [{ kind: 'http', status: 'starting' }, 'connecting to Luma'],
  [{ kind: 'http', status: 'unreachable' }, 'Luma unreachable'],
  [{ kind: 'stdio', status: 'unauthorized' }, 'the upstream refuses the token'],
] as const)('the upstream %j', (upstream, words) => {
  expect(shown({}, { upstream })[0]).toBe(`[Greenlight: on, ${words}]`);
});

test('problems are pointed at', () => {
  const problems = [{ id: 'settings', message: 'The settings file was not valid.' }];
  expect(shown({}, { problems })[1]).toBe('1 problem: see what to do');
  const notifier = { kind: 'none', working: false, message: 'There is none.' };
  expect(shown({}, { problems, notifier })[1]).toBe('2 problems: see what to do');
});

test('what agents write stays on its line, visible and short', () => {
  const prompt = `Nice\u202e kitten\n[ ] Block everything\u0000${'very '.repeat(50)}`;
  const [, , waiting] = trayMenu(view({ approvals: [approval({ arguments: { prompt } })] }));
  const label = waiting?.kind === 'menu' && waiting.items[0]?.kind === 'menu' ? waiting.items[0].label : '';
  expect(label).toMatch(/^Claude: “Nice/);
  for (const hidden of ['\u202e', '\n', '\0']) expect(label).not.toContain(hidden);
  expect([...label].length).toBeLessThanOrEqual(60);
});

test('an ampersand is shown, not taken for a mnemonic', () => {
  const items = trayMenu(view({ policies: [policy({ name: 'Fish & chips' })] }));
  const flat = JSON.stringify(menuTemplate(items, () => {}));
  expect(flat).toContain('Fish && chips');
});

describe('what other programs changed', () => {
  const change = (part: Partial<OutsideChange> = {}): OutsideChange => ({
    id: 'policy:ask-before-every-video',
    kind: 'policy',
    name: 'Ask before every video',
    path: '/p.json',
    seenAt: '2026-01-01T00:00:00.000Z',
    before: { default: 'deny', tools: {} },
    after: { default: 'allow', tools: {} },
    digest: 'd',
    ...part,
  });

  test('stands under what waits, with the difference and the answers', () => {
    const all = shown({ changes: [change(), change({ before: undefined, after: {} })] });
    expect(all.slice(2, 14)).toEqual([
      '[Nothing is waiting]',
      '“Ask before every video” was changed outside Greenlight >',
      '  [default: “deny” → “allow”]',
      '  --',
      '  Use it',
      '  Keep mine',
      '  Details...',
      'A policy “Ask before every video” was put beside yours >',
      '  [none → {}]',
      '  --',
      '  Use it',
      '  Leave it out',
    ]);
  });

  test('is answered as it was shown', () => {
    const item = trayMenu(view({ changes: [change()] })).find(
      ({ kind, ...each }) => kind === 'menu' && 'label' in each && each.label.includes('outside'),
    );
    const actions =
      item?.kind === 'menu' ? item.items.flatMap((each) => ('action' in each ? [each.action] : [])) : [];
    const id = 'policy:ask-before-every-video';
    expect(actions).toEqual([
      { do: 'decide outside', id, digest: 'd', answer: 'use' },
      { do: 'decide outside', id, digest: 'd', answer: 'keep' },
      { do: 'open', approvalId: id },
    ]);
  });

  test.each<[string, OutsideChange['after']]>([
    ['many lines', Object.fromEntries(Array.from({ length: 9 }, (_, at) => [`m${at}`, at]))],
    ['a long line', { default: 'x'.repeat(500) }],
  ])('cannot be used where the menu does not show all of it: %s', (_, after) => {
    const all = shown({ changes: [change({ after })] });
    expect(all).not.toContain('  Use it');
    expect(all).toContain('  Keep mine');
    expect(all).toContain('  Details...');
    for (const line of all) expect([...line].length).toBeLessThanOrEqual(104);
  });

  test('is no problem besides, and many are left to the window', () => {
    const problems = [{ id: 'outside', message: '“Ask” was changed outside Greenlight.' }];
    const changes = Array.from({ length: 7 }, (_, at) => change({ id: `policy:${at}` }));
    const all = shown({ changes }, { problems });
    expect(all.join()).not.toContain('problem');
    expect(all.filter((line) => line.endsWith('changed outside Greenlight >'))).toHaveLength(5);
    expect(all).toContain('2 more changed outside Greenlight');
  });
});

describe('with several servers', () => {
  const servers: State['servers'] = [
    { id: 'luma', name: 'Luma', kind: 'sandbox', status: 'connected' },
    { id: 'files', name: 'Files', kind: 'stdio', status: 'unreachable', message: 'It ended.' },
    { id: 'web', name: 'Web', kind: 'http', status: 'unauthorized' },
  ];

  test('one that is away is named, above what was spent', () => {
    const labels = trayMenu(view({}, { servers })).flatMap((item) => ('label' in item ? [item.label] : []));
    expect(labels.slice(0, 3)).toEqual([
      'Greenlight: on, Files cannot be reached, 1 more not connected',
      'Files cannot be reached',
      'Web refuses the token',
    ]);
    expect(trayLook(view({}, { servers }).state, NOW).icon).toEqual({ kind: 'unreachable' });
  });

  test('what was spent says on which server, after what was on all of them', () => {
    const counter = {
      id: 'b',
      counter: 'daily budget',
      used: 1,
      max: 5,
      counts: 'cost',
      windowSeconds: 86_400,
      whenReached: 'deny',
      policyIds: ['p'],
    } as const;
    const counters: LimitCounter[] = [
      { ...counter, scope: 'all', server: 'files', policyIds: ['p'] },
      { ...counter, scope: 'everywhere', max: 20, policyIds: ['p'] },
    ];
    expect(spendLines(counters, '$', servers)).toEqual([
      '$1.00 of $20.00 today, all servers',
      'Files: $1.00 of $5.00 today',
    ]);
  });

  test('a question and an allowance say which, and each server has its default policy', () => {
    const menu = trayMenu(
      view(
        {
          approvals: [approval({ server: 'files', tool: 'echo' })],
          policies: [policy({}), policy({ id: 'f', name: 'For files', server: 'files' })],
        },
        { servers, pending: 1 },
      ),
    );
    expect(JSON.stringify(menu)).toContain('Claude wants to call echo on Files');
    expect(menu).toContainEqual({
      kind: 'menu',
      label: 'Default policy',
      items: [
        {
          kind: 'menu',
          label: 'Luma',
          items: [expect.objectContaining({ label: 'Ask before every video', checked: true })],
        },
        {
          kind: 'menu',
          label: 'Files',
          items: [
            expect.objectContaining({
              label: 'For files',
              action: { do: 'default policy', id: 'f', server: 'files' },
            }),
          ],
        },
      ],
    });
  });
});
