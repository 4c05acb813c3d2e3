import { randomUUID } from 'node:crypto';
import type { Clock } from '../../base/ports.ts';

/** How many tasks are kept, and how many characters of prompts with them; the oldest go first. */
const MAX_TASKS = 1000;
const MAX_PROMPTS = 4_000_000;

export const aspectRatios = {
  '16:9': { width: 1280, height: 720, use: 'landscape, the default: screens, presentations' },
  '9:16': { width: 720, height: 1280, use: 'portrait: phones, stories' },
  '1:1': { width: 960, height: 960, use: 'square: feeds' },
  '4:3': { width: 1120, height: 840, use: 'classic television' },
  '3:4': { width: 840, height: 1120, use: 'portrait photographs' },
  '21:9': { width: 1512, height: 648, use: 'cinema' },
  '9:21': { width: 648, height: 1512, use: 'tall displays' },
};
export type AspectRatio = keyof typeof aspectRatios;

/** One submitted video. It is done once the clock reaches `readyAt`. */
export interface Task {
  id: string;
  videoId: string;
  videoUrl: string;
  action: 'generate' | 'extend';
  prompt: string;
  aspectRatio: AspectRatio;
  /** Milliseconds since the Unix epoch. */
  createdAt: number;
  readyAt: number;
}

/** The sandbox's tasks, in memory; each takes `duration` milliseconds of `clock`. */
export class Tasks {
  readonly #clock: Clock;
  readonly #duration: number;
  readonly #tasks = new Map<string, Task>();
  /** Characters of the prompts in `#tasks`. */
  #prompts = 0;

  constructor(clock: Clock, duration: number) {
    this.#clock = clock;
    this.#duration = duration;
  }

  submit(action: Task['action'], prompt: string, aspectRatio: AspectRatio): Task {
    const now = this.#clock.now();
    const videoId = randomUUID();
    const task: Task = {
      id: randomUUID(),
      videoId,
      // `.invalid` never resolves (RFC 2606): whoever follows the link calls nobody.
      videoUrl: `https://sandbox.greenlight.invalid/videos/${videoId}.mp4`,
      action,
      prompt,
      aspectRatio,
      createdAt: now,
      readyAt: now + this.#duration,
    };
    this.#tasks.set(task.id, task);
    this.#prompts += prompt.length;
    for (const oldest of this.#tasks.values()) {
      const few = this.#tasks.size <= MAX_TASKS && this.#prompts <= MAX_PROMPTS;
      if (few || oldest === task) break;
      this.#tasks.delete(oldest.id);
      this.#prompts -= oldest.prompt.length;
    }
    return task;
  }

  get(id: string): Task | undefined {
    return this.#tasks.get(id);
  }

  /** The finished task whose video has this id or URL. */
  findVideo(idOrUrl: string): Task | undefined {
    return [...this.#tasks.values()].find(
      (task) => this.isDone(task) && (task.videoId === idOrUrl || task.videoUrl === idOrUrl),
    );
  }

  isDone(task: Task): boolean {
    return this.#clock.now() >= task.readyAt;
  }

  /** Waits until `task` is done, `longest` milliseconds have passed, or `signal` is aborted. */
  wait(task: Task, longest: number, signal: AbortSignal): Promise<void> {
    const left = Math.min(longest, task.readyAt - this.#clock.now());
    if (left <= 0 || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const finish = () => {
        cancel();
        signal.removeEventListener('abort', finish);
        resolve();
      };
      const cancel = this.#clock.after(left, finish);
      signal.addEventListener('abort', finish);
    });
  }
}
