import { drawScene } from './scene.ts';
import { aspectRatios, type Task } from './tasks.ts';

/** What the real server says of polling, in its members; the advice is in Greenlight's own words. */
const POLLING = {
  poll_tool: 'luma_get_task',
  batch_poll_tool: 'luma_get_tasks_batch',
  polling_interval_seconds: 15,
  max_poll_attempts: 100,
};

/** The answer to a submission: the video comes later. */
export function submission(task: Task): object {
  return {
    success: true,
    task_id: task.id,
    trace_id: task.id,
    mcp_async_submission: {
      task_id: task.id,
      ...POLLING,
      recommended_action: 'poll',
      should_poll: true,
      terminal_state_reached: false,
      expected_wait_seconds: Math.ceil((task.readyAt - task.createdAt) / 1000),
      next_step: `Call luma_get_task(task_id="${task.id}") until the state is completed.`,
    },
  };
}

/** One task as `luma_get_tasks_batch` lists it. */
export function taskItem(task: Task, done: boolean): object {
  const { width, height } = aspectRatios[task.aspectRatio];
  const common = { id: task.id, type: 'videos', created_at: task.createdAt / 1000 };
  if (!done) return { ...common, state: 'pending', response: { task_id: task.id, state: 'pending' } };
  return {
    ...common,
    finished_at: task.readyAt / 1000,
    state: 'completed',
    response: {
      success: true,
      task_id: task.id,
      action: task.action,
      prompt: task.prompt,
      video_id: task.videoId,
      video_url: task.videoUrl,
      video_width: width,
      video_height: height,
      thumbnail_url: drawScene(task.prompt, { width, height }),
      state: 'completed',
    },
  };
}

/** The answer of `luma_get_task`. */
export function taskAnswer(task: Task, done: boolean): object {
  return {
    ...taskItem(task, done),
    mcp_task_polling: {
      task_id: task.id,
      ...POLLING,
      recommended_action: done ? 'stop' : 'poll',
      should_poll: !done,
      terminal_state_reached: done,
      is_complete: done,
      is_failed: false,
      state: done ? 'completed' : 'pending',
      next_step: done
        ? 'The video is ready: show its URL and stop polling.'
        : `Not ready yet: call luma_get_task(task_id="${task.id}") again.`,
    },
  };
}

export const aspectRatioList = [
  'Aspect ratios:',
  ...Object.entries(aspectRatios).map(
    ([ratio, { width, height, use }]) => `- ${ratio} (${width}x${height}): ${use}`,
  ),
].join('\n');

export const actionList = [
  'Make videos:',
  '- luma_generate_video: from a text prompt',
  '- luma_generate_video_from_image: from a first and/or last frame',
  '- luma_extend_video: continue a video, by its id',
  '- luma_extend_video_from_url: continue a video, by its URL',
  'Look up tasks:',
  '- luma_get_task: one task',
  '- luma_get_tasks_batch: up to 50 tasks',
  'Information:',
  '- luma_list_aspect_ratios, luma_list_actions',
  '',
  'This is the sandbox: it spends nothing and calls nobody.',
].join('\n');
