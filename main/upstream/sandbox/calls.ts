import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { actionList, aspectRatioList, submission, taskAnswer, taskItem } from './answers.ts';
import { misfitOf } from './arguments.ts';
import type { AspectRatio, Tasks } from './tasks.ts';

/** The most ids that one batch takes. */
const MAX_BATCH = 50;
/** How long `luma_get_task` waits for a task that is not done, in milliseconds. */
const TASK_WAIT = 5000;

/** What the tools take, once their schemas have been checked. */
interface Arguments {
  prompt: string;
  aspect_ratio?: AspectRatio;
  start_image_url?: string;
  end_image_url?: string;
  video_id: string;
  video_url: string;
  task_id: string;
  task_ids: string[];
}

/** Runs one call of a known tool as the real server would, without spending or calling anybody. */
export async function runCall(
  tool: string,
  given: Record<string, unknown>,
  tasks: Tasks,
  signal: AbortSignal,
): Promise<CallToolResult> {
  const misfit = misfitOf(tool, given);
  if (misfit) return failure(misfit);
  const args = given as unknown as Arguments;
  switch (tool) {
    case 'luma_generate_video_from_image':
      // The real server answers with an error text that is not marked as an error.
      if (!args.start_image_url && !args.end_image_url) {
        return text('Error: give start_image_url, end_image_url or both.');
      }
      return json(submission(tasks.submit('generate', args.prompt, args.aspect_ratio ?? '16:9')));
    case 'luma_generate_video':
      return json(submission(tasks.submit('generate', args.prompt, args.aspect_ratio ?? '16:9')));
    case 'luma_extend_video': {
      const source = tasks.findVideo(args.video_id);
      if (!source) {
        return failure(`Error: there is no video ${args.video_id}. Use the video_id of a completed task.`);
      }
      return json(submission(tasks.submit('extend', args.prompt, source.aspectRatio)));
    }
    case 'luma_extend_video_from_url': {
      const source = tasks.findVideo(args.video_url);
      return json(submission(tasks.submit('extend', args.prompt, source?.aspectRatio ?? '16:9')));
    }
    case 'luma_get_task': {
      const task = tasks.get(args.task_id);
      if (!task) return failure(`Error: there is no task ${args.task_id}. Use the task_id of a submission.`);
      await tasks.wait(task, TASK_WAIT, signal);
      return json(taskAnswer(task, tasks.isDone(task)));
    }
    case 'luma_get_tasks_batch': {
      const { length } = args.task_ids;
      if (length > MAX_BATCH) {
        return failure(`Error: ${length} ids were given, at most ${MAX_BATCH} are taken at once.`);
      }
      const found = args.task_ids.map((id) => tasks.get(id)).filter((task) => task !== undefined);
      return json({ items: found.map((task) => taskItem(task, tasks.isDone(task))), count: found.length });
    }
    case 'luma_list_aspect_ratios':
      return text(aspectRatioList);
    default:
      return text(actionList);
  }
}

/** An answer, in both forms that the tools' output schemas promise. */
function text(content: string): CallToolResult {
  return {
    content: [{ type: 'text', text: content }],
    structuredContent: { result: content },
    isError: false,
  };
}

function json(value: object): CallToolResult {
  return text(JSON.stringify(value, null, 2));
}

/** An error, which the real server sends as text alone. */
export function failure(reason: string): CallToolResult {
  return { content: [{ type: 'text', text: reason }], isError: true };
}
