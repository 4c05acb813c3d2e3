/** What a notification says of a change from outside. Pure; every text that others wrote is made visible. */
import { difference } from '../../shared/difference.ts';
import { outsideTitle } from '../../shared/outside-words.ts';
import type { OutsideChange } from '../base/outside.ts';
import type { Notice } from '../base/ports.ts';
import { oneLine } from './text.ts';

/** The difference: what every platform shows at once, and no notifier cuts (the smallest cuts at 250). */
const room = { lines: 4, width: 60 };

/** Code points of a title, and of a name in it. */
const maxTitle = 100;
const maxName = 50;

/** What each button says. */
const labels = { allow: 'Use it', deny: 'Keep mine' };

/** What changed, and how. It is answerable only where it says the whole difference: nobody accepts what they cannot read. */
export function noticeForOutside(change: OutsideChange): Omit<Notice, 'sound'> {
  const { lines, whole } = difference(change.before, change.after, room);
  return {
    id: `outside:${change.id}`,
    title: oneLine(outsideTitle({ ...change, name: oneLine(change.name, maxName) }), maxTitle),
    body: (whole ? lines : [...lines.slice(0, room.lines - 1), 'Open Greenlight to see all of it.']).join(
      '\n',
    ),
    answerable: whole,
    labels,
  };
}

/** One notification for many changes. */
export function summaryForOutside(changes: readonly OutsideChange[]): Omit<Notice, 'sound'> {
  const names = changes.map(({ name }) => oneLine(name, maxName));
  return {
    id: 'outside',
    title: `${changes.length} things were changed outside Greenlight`,
    body: `${oneLine(names.join(', '), 180)}\nOpen Greenlight to look at them.`,
    answerable: false,
    labels,
  };
}
