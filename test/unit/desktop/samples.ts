import type { TrayView } from '../../../main/desktop/tray/menu.ts';
import type { Approval, PolicySummary, State } from '../../../shared/contract.ts';

/** When the samples are looked at. */
export const NOW = Date.UTC(2026, 0, 1);

export function approval(change: Partial<Approval>): Approval {
  return {
    id: 'a',
    state: 'pending',
    client: { id: 'g1', label: 'Claude' },
    server: 'luma',
    tool: 'luma_generate_video',
    arguments: { prompt: 'A cat in the rain' },
    createdAt: '2026-01-01T00:00:00.000Z',
    expiresAt: '2026-01-01T00:05:00.000Z',
    signals: [],
    policy: { id: 'ask-before-every-video', version: 1 },
    rule: '/tools',
    waiting: 1,
    ticket: false,
    ...change,
  };
}

export function policy(change: Partial<PolicySummary>): PolicySummary {
  return {
    id: 'ask-before-every-video',
    name: 'Ask before every video',
    version: 1,
    updatedAt: '2026-01-01T00:00:00.000Z',
    isDefault: true,
    server: 'luma',
    usedBy: [],
    errors: [],
    ...change,
  };
}

export function view(change: Partial<TrayView> = {}, state: Partial<State> = {}): TrayView {
  return {
    state: {
      guard: { mode: 'policy' },
      upstream: { kind: 'http', status: 'connected' },
      servers: [{ id: 'luma', name: 'Luma', kind: 'http', status: 'connected' }],
      pending: change.approvals?.length ?? 0,
      defaultPolicyId: 'ask-before-every-video',
      notifier: { kind: 'Electron notification', working: true },
      version: '0.1.0',
      mcpUrl: 'http://127.0.0.1:4747/mcp',
      host: 'desktop',
      dataDir: '/home/ada/.config/Greenlight',
      secrets: 'a file encrypted with a key from the macOS Keychain',
      secretsOpen: false,
      problems: [],
      ...state,
    },
    approvals: [],
    changes: [],
    policies: [policy({}), policy({ id: 'autopilot', name: 'Autopilot on a budget', isDefault: false })],
    counters: [],
    costUnit: '$',
    allowances: [],
    startAtLogin: false,
    whileSnoozed: 'wait',
    now: NOW,
    ...change,
  };
}
