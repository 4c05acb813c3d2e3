/**
 * The eight tools of the Luma server as mcp-luma 2026.10.18 lists them: names, order, parameters, types, titles, defaults,
 * enums and output schemas; the descriptions are Greenlight's own.
 */
import type { Tool } from '@modelcontextprotocol/sdk/types.js';

const text = (description: string) => ({ type: 'string', description });
const imageUrl = (which: string) => ({ ...text(`URL of the ${which} frame.`), default: '' });

/** A webhook, as each tool that makes a video takes one. */
const webhook = (description: string) => ({
  anyOf: [{ type: 'string' }, { type: 'null' }],
  default: null,
  description,
});

/** What both tools that make a new video take besides their own parameters. */
const picture = {
  aspect_ratio: {
    type: 'string',
    enum: ['16:9', '9:16', '1:1', '4:3', '3:4', '21:9', '9:21'],
    default: '16:9',
    description: 'Shape of the picture.',
  },
  loop: { type: 'boolean', default: false, description: 'Whether the end runs into the start.' },
  enhancement: { type: 'boolean', default: true, description: 'Whether the clarity is enhanced.' },
  timeout: {
    anyOf: [{ type: 'integer' }, { type: 'null' }],
    default: null,
    description: 'Seconds the provider may take to answer.',
  },
  callback_url: webhook('URL the provider calls when the video is done.'),
};

/** What both tools that make a video longer take besides their own parameters. */
const more = {
  prompt: text('What happens next.'),
  end_image_url: imageUrl('last'),
  callback_url: webhook('Where the provider reports that the video is done (an http(s) address).'),
};

/** `task_id` as *Task Id*: the title that the real server's library gives. */
function titleOf(name: string): string {
  return name
    .split('_')
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join(' ');
}

function tool(
  name: string,
  description: string,
  properties: Record<string, object>,
  required: string[],
): Tool {
  const titled = Object.entries(properties).map(([each, schema]) => [
    each,
    { title: titleOf(each), ...schema },
  ]);
  return {
    name,
    description,
    inputSchema: {
      type: 'object',
      title: `${name}Arguments`,
      properties: Object.fromEntries(titled),
      ...(required.length > 0 ? { required } : {}),
    },
    outputSchema: {
      type: 'object',
      title: `${name}Output`,
      properties: { result: { title: 'Result', type: 'string' } },
      required: ['result'],
    },
  };
}

export const sandboxTools: readonly Tool[] = [
  tool('luma_list_aspect_ratios', 'List the aspect ratios and what each is for.', {}, []),
  tool('luma_list_actions', 'List what the server can do, and with which tool.', {}, []),
  tool(
    'luma_get_task',
    'Look up one task: its state and, when done, its video.',
    { task_id: text('The task_id of a submission.') },
    ['task_id'],
  ),
  tool(
    'luma_get_tasks_batch',
    'Look up several tasks at once (50 at most).',
    { task_ids: { type: 'array', items: { type: 'string' }, description: 'The task ids.' } },
    ['task_ids'],
  ),
  tool(
    'luma_generate_video',
    'Make a video from a text prompt.',
    { prompt: text('What the video shows: scene, motion, style, mood.'), ...picture },
    ['prompt'],
  ),
  tool(
    'luma_generate_video_from_image',
    'Make a video that starts and/or ends with a given image. At least one of start_image_url and end_image_url is needed.',
    {
      prompt: text('What moves, and how.'),
      start_image_url: imageUrl('first'),
      end_image_url: imageUrl('last'),
      ...picture,
    },
    ['prompt'],
  ),
  tool(
    'luma_extend_video',
    'Continue a video, found by its id.',
    { video_id: text('The video_id of an earlier result.'), ...more },
    ['video_id', 'prompt'],
  ),
  tool(
    'luma_extend_video_from_url',
    'Continue a video, found by its URL.',
    { video_url: text('URL of the video of an earlier result.'), ...more },
    ['video_url', 'prompt'],
  ),
];
