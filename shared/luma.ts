import { LUMA } from './server-id.ts';

/** What a tool of the Luma server does, and what stands out in a call to it. */
export interface LumaTool {
  name: string;
  /** What it is for, after "to": how people call it. */
  does: string;
  /** `Write` makes a video and spends; `Read` only looks things up. */
  category: 'Read' | 'Write';
  /** Arguments that hold a URL the provider fetches. */
  urls: readonly string[];
  /** The argument that holds a URL the provider calls: a way out for data. */
  webhook?: string;
  /** The argument that says what the video shows. */
  prompt?: string;
}

/** The eight tools of the Luma server, the generating ones first. */
export const lumaTools: readonly LumaTool[] = [
  {
    name: 'luma_generate_video',
    does: 'make a video',
    category: 'Write',
    urls: [],
    webhook: 'callback_url',
    prompt: 'prompt',
  },
  {
    name: 'luma_generate_video_from_image',
    does: 'make a video from a picture',
    category: 'Write',
    urls: ['start_image_url', 'end_image_url'],
    webhook: 'callback_url',
    prompt: 'prompt',
  },
  {
    name: 'luma_extend_video',
    does: 'make a video longer',
    category: 'Write',
    urls: ['end_image_url'],
    webhook: 'callback_url',
    prompt: 'prompt',
  },
  // PolicyLayer files this one under Read; it makes a video, so it is not.
  {
    name: 'luma_extend_video_from_url',
    does: 'make a video from the web longer',
    category: 'Write',
    urls: ['video_url', 'end_image_url'],
    webhook: 'callback_url',
    prompt: 'prompt',
  },
  { name: 'luma_get_task', does: 'look up a video', category: 'Read', urls: [] },
  { name: 'luma_get_tasks_batch', does: 'look up several videos', category: 'Read', urls: [] },
  {
    name: 'luma_list_aspect_ratios',
    does: 'list the picture shapes',
    category: 'Read',
    urls: [],
  },
  { name: 'luma_list_actions', does: 'list what Luma can do', category: 'Read', urls: [] },
];

/** The names of those that make a video, and spend. */
export const videoTools: readonly string[] = lumaTools
  .filter(({ category }) => category === 'Write')
  .map(({ name }) => name);

const byName = new Map(lumaTools.map((tool) => [tool.name, tool]));

/** What is known of the tool `name`; `undefined` for a tool that is not Luma's. */
export function lumaTool(name: string): LumaTool | undefined {
  return byName.get(name);
}

/** The same of the tool of a server: what another one calls like a tool of Luma's is not one. */
export function lumaToolOn(server: string, name: string): LumaTool | undefined {
  return server === LUMA ? lumaTool(name) : undefined;
}
