/**
 * Draws the tray's menu in its states for the documentation: `node scripts/tray-pictures.ts`. The items are
 * what main/desktop/tray/menu.ts makes of a state, the icons those of build/tray; only the look of the menu
 * is drawn here, since a real tray cannot be photographed everywhere. Needs a Chromium (CHROMIUM, by default
 * /usr/bin/chromium).
 */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright';
import { iconFile } from '../main/desktop/tray/icon-file.ts';
import { trayLook } from '../main/desktop/tray/look.ts';
import { type TrayItem, type TrayView, trayMenu } from '../main/desktop/tray/menu.ts';
import type { Approval, State } from '../shared/contract.ts';
import { presets } from '../shared/policy/index.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const pictures = join(root, 'docs/pictures');
const now = Date.UTC(2026, 0, 1, 10);

/** The states, and which submenu is open in the picture: its items, from the menu down. */
const scenes: Record<string, { view: TrayView; open: string[] }> = {
  on: { view: view({}), open: ['Default policy'] },
  waiting: {
    view: view({
      approvals: [
        approval('Claude', 'A cat in the rain', [
          ['cost', 'Costs $0.40'],
          ['webhook', 'Sends the result to hooks.example.com'],
        ]),
        approval('Cursor', 'Drone over a lake', []),
      ],
    }),
    open: ['2 videos are waiting', 'Claude'],
  },
  allowing: {
    view: view({ state: { guard: { mode: 'allow', until: new Date(now + 12 * 60_000).toISOString() } } }),
    open: ['Allow without asking'],
  },
  blocked: { view: view({ state: { guard: { mode: 'block' } } }), open: [] },
  unreachable: {
    view: view({ state: { upstream: { kind: 'http', status: 'unreachable' } } }),
    open: [],
  },
};

await mkdir(pictures, { recursive: true });
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium' });
try {
  for (const shade of ['light', 'dark'] as const) {
    const page = await browser.newPage({ deviceScaleFactor: 2, viewport: { width: 1000, height: 700 } });
    for (const [name, { view, open }] of Object.entries(scenes)) {
      await page.setContent(await pictureOf(view, open, shade));
      await page.locator('#picture').screenshot({ path: join(pictures, `tray-${name}-${shade}.png`) });
    }
    await page.close();
  }
} finally {
  await browser.close();
}

async function pictureOf(view: TrayView, open: string[], shade: 'light' | 'dark'): Promise<string> {
  const { icon, toolTip } = trayLook(view.state, view.now);
  const file = iconFile(icon, 'linux', shade === 'dark').replace('.png', '@2x.png');
  const image = (await readFile(join(root, 'build/tray', file))).toString('base64');
  return `<!doctype html><style>${style(shade)}</style><div id="picture">
    <div class="panel"><img alt="" width="24" height="24" src="data:image/png;base64,${image}"><span>${escaped(toolTip.split('\n').at(-1) ?? '')}</span></div>
    <div class="menus">${menusOf(trayMenu(view), open)}</div></div>`;
}

/** The menu, and beside it the submenus that are open. */
function menusOf(items: TrayItem[], [first, ...rest]: string[]): string {
  const opened = items.find(
    (item) => item.kind === 'menu' && first !== undefined && item.label.startsWith(first),
  );
  const rows = items.map((item) => rowOf(item, item === opened)).join('');
  const next = opened?.kind === 'menu' ? menusOf(opened.items, rest) : '';
  return `<div class="menu">${rows}</div>${next}`;
}

function rowOf(item: TrayItem, opened: boolean): string {
  if (item.kind === 'separator') return '<hr>';
  const mark = item.kind === 'choice' && item.checked ? '✓' : '';
  const arrow = item.kind === 'menu' ? '›' : '';
  const classes = `${item.kind === 'text' ? 'text' : ''}${opened ? ' opened' : ''}`;
  return `<div class="row ${classes}"><i>${mark}</i><span>${escaped(item.label)}</span><b>${arrow}</b></div>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

function style(shade: 'light' | 'dark'): string {
  const [back, panel, menu, ink, faint, line, accent] =
    shade === 'light'
      ? ['#dfe5e2', '#f3f5f4', '#fdfdfd', '#1d211f', '#6a726e', '#e1e5e3', '#12804c']
      : ['#101413', '#1b201e', '#262b29', '#eef2f0', '#97a19c', '#3a413e', '#2f9c68'];
  return `body{margin:0;font:13px/1.35 system-ui,'Liberation Sans',sans-serif;color:${ink}}
    #picture{display:inline-block;background:${back};padding:0 20px 24px 0}
    .panel{display:flex;align-items:center;gap:8px;background:${panel};padding:6px 12px;margin-right:-20px;color:${faint}}
    .menus{display:flex;align-items:flex-start;gap:6px;padding:8px 0 0 12px}
    .menu{background:${menu};border:1px solid ${line};border-radius:8px;padding:5px;box-shadow:0 8px 24px #0003;min-width:200px}
    .row{display:flex;gap:6px;padding:3px 8px 3px 4px;border-radius:5px;white-space:nowrap}
    .row i{width:14px;text-align:center;font-style:normal}.row span{flex:1}.row b{font-weight:400}
    .text{color:${faint}}.opened{background:${accent};color:#fff}
    hr{border:0;border-top:1px solid ${line};margin:5px 6px}`;
}

function approval(
  label: string,
  prompt: string,
  signals: [Approval['signals'][number]['kind'], string][],
): Approval {
  return {
    id: label,
    state: 'pending',
    client: { id: label, label },
    server: 'luma',
    tool: 'luma_generate_video',
    arguments: { prompt },
    createdAt: new Date(now).toISOString(),
    expiresAt: new Date(now + 300_000).toISOString(),
    signals: signals.map(([kind, text]) => ({ kind, text })),
    policy: { id: 'ask-before-every-video', version: 1 },
    rule: '/all_tools',
    waiting: 1,
    ticket: false,
  };
}

function view({ state = {}, approvals = [] }: { state?: Partial<State>; approvals?: Approval[] }): TrayView {
  const policies = presets.map(({ name }) => name);
  return {
    state: {
      guard: { mode: 'policy' },
      upstream: { kind: 'http', status: 'connected' },
      servers: [{ id: 'luma', name: 'Luma', kind: 'http', status: 'connected' }],
      pending: approvals.length,
      defaultPolicyId: policies[0] as string,
      notifier: { kind: 'notify-send', working: true },
      version: '0.1.0',
      mcpUrl: 'http://127.0.0.1:4747/mcp',
      host: 'desktop',
      dataDir: '',
      secrets: '',
      secretsOpen: false,
      problems: [],
      ...state,
    },
    approvals,
    changes: [],
    policies: policies.map((name, index) => ({
      id: name,
      name,
      version: 1,
      updatedAt: new Date(now).toISOString(),
      isDefault: index === 0,
      server: 'luma',
      usedBy: [],
      errors: [],
    })),
    counters: [],
    costUnit: '$',
    allowances: [],
    startAtLogin: true,
    whileSnoozed: 'wait',
    now,
  };
}
