import type { Approval, State } from '../../../shared/contract.ts';
import { defaultSettings } from '../../../shared/settings.ts';

export const settings = defaultSettings;

export const state: State = {
  guard: { mode: 'policy' },
  upstream: { kind: 'sandbox', status: 'connected' },
  servers: [{ id: 'luma', name: 'Luma', kind: 'sandbox', status: 'connected' }],
  pending: 0,
  defaultPolicyId: 'ask-before-every-video',
  notifier: { kind: 'none', working: true },
  version: '0.1.0',
  mcpUrl: 'http://127.0.0.1:4747/mcp',
  host: 'browser',
  dataDir: '/tmp',
  secrets: 'a file only you can read',
  secretsOpen: true,
  problems: [],
};

/** An approval that was asked `second` seconds into a minute. */
export function approval(id: string, second = 0, part: Partial<Approval> = {}): Approval {
  return {
    id,
    state: 'pending',
    client: { id: 'g1', label: 'Claude' },
    server: 'luma',
    tool: 'luma_generate_video',
    arguments: { prompt: 'A cat in the rain' },
    createdAt: new Date(Date.UTC(2026, 2, 1, 12, 0, second)).toISOString(),
    expiresAt: new Date(Date.UTC(2026, 2, 1, 12, 5, second)).toISOString(),
    signals: [],
    policy: { id: 'p', version: 1 },
    rule: '/default',
    waiting: 1,
    ticket: false,
    ...part,
  };
}
