/**
 * The eight tools of the Luma server: its names, parameters, types, defaults and enums; the descriptions
 * are Greenlight's own.
 */
import type { Tool } from '@modelcontextprotocol/sdk/types.js';

const imageUrl = (which: string) => ({
  type: 'string',
  description: `URL of the ${which} frame.`,
  default: '',
});
const text = (description: string) => ({ type: 'string', description });

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
  callback_url: {
    anyOf: [{ type: 'string' }, { type: 'null' }],
    default: null,
    description: 'URL the provider calls when the video is done.',
  },
};

function tool(
  name: string,
  description: string,
  properties: Record<string, object>,
  required: string[],
): Tool {
  return {
    name,
    description,
    inputSchema: {
      type: 'object',
      title: `${name}Arguments`,
      properties,
      ...(required.length > 0 ? { required } : {}),
    },
  };
}

export const sandboxTools: readonly Tool[] = [
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
    {
      video_id: text('The video_id of an earlier result.'),
      prompt: text('What happens next.'),
      end_image_url: imageUrl('last'),
    },
    ['video_id', 'prompt'],
  ),
  tool(
    'luma_extend_video_from_url',
    'Continue a video, found by its URL.',
    {
      video_url: text('URL of the video of an earlier result.'),
      prompt: text('What happens next.'),
      end_image_url: imageUrl('last'),
    },
    ['video_url', 'prompt'],
  ),
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
  tool('luma_list_aspect_ratios', 'List the aspect ratios and what each is for.', {}, []),
  tool('luma_list_actions', 'List what the server can do, and with which tool.', {}, []),
];
