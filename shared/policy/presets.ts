import type { PolicyDocument } from './document.ts';
import { NO_WEBHOOK } from './recipes/webhooks.ts';

export interface Preset {
  id: string;
  name: string;
  description: string;
  document: PolicyDocument;
}

/** An example price per video; the person puts in what their plan charges. */
const costs = {
  luma_generate_video: 0.4,
  luma_generate_video_from_image: 0.4,
  luma_extend_video: 0.4,
  luma_extend_video_from_url: 0.4,
};

/** Reading is free, but an agent that polls in a tight loop is stopped. Both lookups share one count. */
const pollingCap = {
  limits: [
    {
      counter: 'polling',
      window: 'minute' as const,
      max: 30,
      scope: 'grant' as const,
      on_deny: 'You are polling too often. Wait at least 15 seconds between two lookups of a video.',
    },
  ],
};

const reading = {
  luma_get_task: pollingCap,
  luma_get_tasks_batch: pollingCap,
  luma_list_aspect_ratios: {},
  luma_list_actions: {},
};

const ask = { require_approval: { timeout: '5m' } };

const named = (field: string) => ({ path: `args.${field}`, op: 'not_in' as const, value: [null, ''] });

function perMinute(tool: string) {
  return {
    limits: [{ counter: `${tool}_rate`, window: 'minute' as const, max: 30, scope: 'grant' as const }],
  };
}

const noSpending = {
  action: 'deny' as const,
  reason: 'This policy only lets you look. Do not make or extend videos; ask the person if one is needed.',
};

/** The policy with which a server starts that nobody described: what only reads is allowed, all else is asked for. */
export function askBeforeItChanges(server: string, name: string) {
  return {
    version: '1',
    server,
    description: `Asks before ${name} changes anything; reading is free.`,
    default: 'require_approval',
    categories: { read: {} },
    tools: {},
  } satisfies PolicyDocument;
}

/** The policies that Greenlight brings along. The first is the default. */
export const presets: readonly Preset[] = [
  {
    id: 'ask-before-every-video',
    name: 'Ask before every video',
    description:
      'You are asked before each video is made or extended. Looking things up is free. No webhooks.',
    document: {
      version: '1',
      description: 'Asks before every video; never a webhook.',
      default: 'deny',
      costs,
      all_tools: { deny_if: [NO_WEBHOOK] },
      tools: {
        luma_generate_video: ask,
        luma_generate_video_from_image: ask,
        luma_extend_video: ask,
        luma_extend_video_from_url: ask,
        ...reading,
      },
    },
  },
  {
    id: 'autopilot-on-a-budget',
    name: 'Autopilot on a budget',
    description:
      'Videos are made without asking, up to 5 an hour per client and 4 a day in cost for everyone together. You are asked when a call names an image or video from elsewhere or has a very long prompt.',
    document: {
      version: '1',
      description: 'A daily budget for everyone, a pace for each client; asks about what stands out.',
      default: 'deny',
      costs,
      all_tools: {
        deny_if: [NO_WEBHOOK],
        limits: [
          {
            counter: 'spend',
            window: 'day',
            max: 4,
            increment_from: 'cost',
            scope: 'all',
            on_deny: 'The budget of the last 24 hours is used up. Do not try again soon; tell the person.',
          },
        ],
        require_approval: { when: [{ path: 'args.prompt', op: 'length_gte', value: 1000 }] },
      },
      tools: {
        luma_generate_video: {
          limits: [{ counter: 'videos', window: 'hour', max: 5, scope: 'grant' }],
        },
        luma_generate_video_from_image: {
          limits: [{ counter: 'videos', window: 'hour', max: 5, scope: 'grant' }],
          require_approval: { when: [named('start_image_url'), named('end_image_url')], timeout: '5m' },
        },
        luma_extend_video: {
          limits: [{ counter: 'videos', window: 'hour', max: 5, scope: 'grant' }],
          require_approval: { when: [named('end_image_url')], timeout: '5m' },
        },
        luma_extend_video_from_url: {
          limits: [{ counter: 'videos', window: 'hour', max: 5, scope: 'grant' }],
          ...ask,
        },
        ...reading,
      },
    },
  },
  {
    id: 'look-but-dont-spend',
    name: "Look but don't spend",
    description: 'Tasks and lists may be read; no video is made or extended.',
    document: {
      version: '1',
      description: 'Reading tools only.',
      default: 'deny',
      tools: {
        luma_generate_video: noSpending,
        luma_generate_video_from_image: noSpending,
        luma_extend_video: noSpending,
        luma_extend_video_from_url: noSpending,
        ...reading,
      },
    },
  },
  {
    id: 'policylayer-default',
    name: "PolicyLayer's default",
    description: 'Each generating tool up to 30 times a minute per client, without asking. No budget.',
    document: {
      version: '1',
      description: 'The limits PolicyLayer publishes for the Luma server: 30 per minute per grant.',
      default: 'deny',
      tools: {
        luma_generate_video: perMinute('luma_generate_video'),
        luma_generate_video_from_image: perMinute('luma_generate_video_from_image'),
        luma_extend_video: perMinute('luma_extend_video'),
        luma_extend_video_from_url: perMinute('luma_extend_video_from_url'),
        luma_get_task: {},
        luma_get_tasks_batch: {},
        luma_list_aspect_ratios: {},
        luma_list_actions: {},
      },
    },
  },
  {
    id: 'block-everything',
    name: 'Block everything',
    description: 'No tool may be called.',
    document: { version: '1', description: 'Nothing is allowed.', default: 'deny', tools: {} },
  },
];
