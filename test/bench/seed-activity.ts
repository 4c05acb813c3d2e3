/** Fills the log of a data directory with calls as they look after weeks of use. */
import { join } from 'node:path';
import { prepareDataDirectory } from '../../main/base/data-directory.ts';
import { createLogger } from '../../main/base/log.ts';
import { machineClock } from '../../main/base/machine-clock.ts';
import { openDatabase } from '../../main/database/database.ts';
import { createActivity } from '../../main/ledger/activity.ts';
import type { Decision } from '../../main/ledger/activity-row.ts';
import { createAnchor } from '../../main/ledger/anchor.ts';
import { createGrants } from '../../main/ledger/grants.ts';
import { createLogReader } from '../../main/ledger/log-reader.ts';
import { digest } from '../../shared/digest.ts';
import type { JsonObject } from '../../shared/json.ts';

const POLICY = { id: 'ask-before-every-video', version: 1 };
const CLIENTS = ['Claude Desktop', 'Cursor', 'VS Code', 'Night shift'];
const SUBJECTS = [
  'A paper boat',
  'A fox in the snow',
  'Two old robots',
  'The last tram of the night',
  'A lighthouse',
];
const DOINGS = [
  'sails through a puddle',
  'waits for the morning',
  'dances very slowly',
  'looks into the camera',
];
const LOOKS = [
  'golden light',
  'film grain, handheld',
  'seen from above',
  'close to the water, shallow focus',
];

/**
 * Writes `count` finished calls, the newest one a moment ago, through the same module that Greenlight writes
 * them with, so that the chain is whole. The data directory must not be in use. About 50 µs each.
 */
export function seedActivity(dataDir: string, count: number): void {
  prepareDataDirectory(dataDir);
  const path = join(dataDir, 'greenlight.db');
  const database = openDatabase(path);
  try {
    const logger = createLogger();
    const activity = createActivity(database, {
      time: { toWall: (at) => at },
      logger,
      log: createLogReader(path, logger),
      anchor: createAnchor(database),
    });
    const grants = createGrants(database, { ...machineClock, now: Date.now }, createLogger());
    database.transaction(() => {
      const ids = CLIENTS.map((label) => grants.create(label).grant.id);
      const end = Date.now() - 60_000;
      for (let number = 0; number < count; number++) {
        const call = callNumber(number);
        const which = number % CLIENTS.length;
        activity.open(
          {
            id: `seed-${number}`,
            at: end - (count - number) * 20_000,
            grantId: ids[which] ?? '',
            label: CLIENTS[which] ?? '',
            clientName: 'seed',
            clientVersion: '1.0.0',
            session: undefined,
            server: 'luma',
            tool: call.tool,
            arguments: JSON.stringify(call.arguments),
            digest: digest(call.arguments),
          },
          call.decision,
        );
        if (!call.decision.forwarded) continue;
        const failed = number % 37 === 0;
        activity.complete(`seed-${number}`, {
          result: failed ? 'tool error' : 'ok',
          latencyMs: 40 + ((number * 7919) % 1500),
          upstreamStatus: 200,
          ...(call.tool !== 'luma_get_task' && { taskId: `task-${number}` }),
        });
      }
    });
  } finally {
    database.close();
  }
}

function callNumber(number: number): { tool: string; arguments: JsonObject; decision: Decision } {
  const policy = POLICY;
  if (number % 3 !== 0) {
    return {
      tool: 'luma_get_task',
      arguments: { task_id: `task-${number - (number % 3)}` },
      decision: { outcome: 'allowed', rule: '', decidedBy: 'policy', policy, forwarded: true },
    };
  }
  const pick = <T>(list: readonly T[], salt: number) => list[(number * salt) % list.length];
  const prompt = `${pick(SUBJECTS, 7)} ${pick(DOINGS, 11)}, ${pick(LOOKS, 13)} (take ${number})`;
  const tool = number % 4 === 0 ? 'luma_extend_video' : 'luma_generate_video';
  const denied = number % 8 === 0;
  const rule = denied ? '/all_tools/deny_if/0' : `/tools/${tool}/require_approval`;
  return {
    tool,
    arguments: {
      prompt,
      aspect_ratio: '16:9',
      ...(denied && { callback_url: `https://hooks.example.com/${number}` }),
    },
    decision: {
      outcome: denied ? 'denied' : 'allowed',
      rule,
      message: denied ? 'Webhooks are not allowed.' : undefined,
      decidedBy: denied ? 'policy' : 'person',
      policy,
      cost: 0.4,
      waitMs: denied ? undefined : 2_000 + ((number * 104_729) % 40_000),
      forwarded: !denied,
    },
  };
}
