/** What a notification says of a change from outside. Pure; every text that others wrote is made visible. */
import { difference } from '../../shared/difference.ts';
import type { Json } from '../../shared/json.ts';
import type { Notice } from '../base/ports.ts';
import { oneLine } from './text.ts';

/** A change from outside, as far as a notification or the tray speaks of it. */
export interface AnnouncedChange {
  id: string;
  kind: 'policy' | 'settings' | 'client';
  name: string;
  before?: Json | undefined;
  after?: Json | undefined;
}

/** Of the difference, so that no notifier cuts it: the smallest cuts at 250 code points. */
const room = { lines: 4, width: 100 };

/** Code points of a difference that every platform shows at once. */
const maxWhole = 160;

/** Lines of one that is not shown whole. */
const maxPart = 2;

/** Code points of a name in a title: the smallest cuts titles at 100. */
const maxName = 50;

/** What the two answers are called. */
export function answersTo({ before }: AnnouncedChange): { use: string; keep: string } {
  return { use: 'Use it', keep: before === undefined ? 'Leave it out' : 'Keep mine' };
}

/** What happened, on one line. */
export function titleOf({ kind, name, before, after }: AnnouncedChange): string {
  const short = oneLine(name, maxName);
  switch (kind) {
    case 'settings':
      return 'Settings were changed outside Greenlight';
    case 'policy':
      return before === undefined
        ? `A policy “${short}” was put beside yours`
        : `“${short}” was changed outside Greenlight`;
    case 'client':
      if (before === undefined) return `${short} was given a way past Greenlight`;
      return after === undefined
        ? `${short}’s entry was taken out outside Greenlight`
        : `${short}’s entry was changed outside Greenlight`;
  }
}

/** What changed, and how. It is answerable only where it says the whole difference: nobody accepts what they cannot read. */
export function noticeForOutside(change: AnnouncedChange): Omit<Notice, 'sound'> {
  const { lines, whole } = difference(change.before, change.after, room);
  const fits = whole && [...lines.join('\n')].length <= maxWhole;
  const { use, keep } = answersTo(change);
  return {
    id: `outside:${change.id}`,
    title: titleOf(change),
    body: (fits ? lines : [...lines.slice(0, maxPart), 'Open Greenlight to see all of it.']).join('\n'),
    answerable: fits,
    labels: { allow: use, deny: keep },
  };
}

/** One notification for many changes. */
export function summaryForOutside(changes: readonly AnnouncedChange[]): Omit<Notice, 'sound'> {
  const names = changes.map(({ name }) => oneLine(name, maxName));
  return {
    id: 'outside',
    title: `${changes.length} things were changed outside Greenlight`,
    body: `${oneLine(names.join(', '), 180)}\nOpen Greenlight to look at them.`,
    answerable: false,
  };
}
