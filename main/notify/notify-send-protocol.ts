/** What `notify-send` is told and what its output means; pure. Source: libnotify 0.7.9 to 0.8.8, tools/notify-send.c. */
import type { Notice, NoticeResponse } from '../base/ports.ts';
import { clip, oneLine, severalLines, visible } from './text.ts';

/** Code points of a title and of a body; daemons cut or grow past a few lines. */
const maxTitle = 100;
const maxBody = 400;

/**
 * Whether this version has buttons and can take a notification off the screen: `--action` and `--wait`
 * came with 0.7.10, closing on SIGINT with 0.8.0.
 */
export function understandsActions(versionOutput: string): boolean {
  const [, major, minor] = /(\d+)\.(\d+)/.exec(versionOutput) ?? [];
  return major !== undefined && (Number(major) > 0 || Number(minor) >= 8);
}

/**
 * The command line for `notice`. With `actions` the child waits until the notification is gone; the action
 * named `default` is a click on the notification itself (Desktop Notifications Specification).
 *
 * No two on the screen may read the same: dunst gives those one id, and with it one press answers all of
 * them. `copy` tells them apart from the second on.
 */
export function notifySendArguments(notice: Notice, actions: boolean, copy = 1): string[] {
  const mark = copy === 1 ? '' : ` (${copy})`;
  return [
    '--app-name=Greenlight',
    ...(actions ? waiting(notice) : fleeting),
    '--',
    (oneLine(notice.title, maxTitle - mark.length) || 'Greenlight') + mark,
    // Titles are plain text, bodies are markup; and notify-send itself undoes C escapes in the body, by
    // which `\074b\076` would become a tag after the markup was escaped.
    escapeMarkup(severalLines(notice.body, maxBody)).replaceAll('\\', '\\\\'),
  ];
}

function waiting(notice: Notice): string[] {
  const { allow, deny } = notice.labels ?? { allow: 'Allow', deny: 'Deny' };
  return [
    '--wait',
    '--expire-time=0',
    // Never critical: that comes through a desktop's "do not disturb".
    '--urgency=normal',
    '--action=default=Open',
    ...(notice.answerable ? [`--action=allow=${allow}`, `--action=deny=${deny}`] : []),
    notice.sound ? '--hint=string:sound-name:message-new-instant' : '--hint=boolean:suppress-sound:true',
  ];
}

/** Milliseconds that a notification without buttons is on the screen. */
export const fleetingTime = 20_000;

/** Nothing can take this one off the screen: it must go by itself. */
const fleeting = ['--urgency=normal', `--expire-time=${fleetingTime}`];

function escapeMarkup(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** What a notification with this command line reads. */
export function textOf(args: string[]): string {
  return args.slice(args.indexOf('--')).join('\n');
}

/** The action that the child printed. Anything unknown is no answer. */
export function responseOf(stdout: string): NoticeResponse {
  switch (stdout.trim()) {
    case 'allow':
      return 'allow';
    case 'deny':
      return 'deny';
    case 'default':
      return 'open';
    default:
      return 'closed';
  }
}

const inTheWindow = 'Until then approvals wait in the window.';
const noActions = /^Actions are not supported/m;
// What a healthy child may print: a daemon without buttons, being interrupted, GLib's log.
const harmless = /^$|^Actions are not supported|^Wait cancelled|^(?:\*\* )?\(.+:\d+\): /;

/**
 * What is wrong and what to do, for the person; `undefined` while nothing is. `code` is absent while the
 * child still runs: told to wait, it does so even when nothing could be shown, and only complains.
 */
export function failureOf(stderr: string, code?: number): string | undefined {
  const complaint = stderr
    .split('\n')
    .map((line) => line.trim())
    .find((line) => !harmless.test(line));
  if (complaint !== undefined) return explain(clip(visible(complaint), 300));
  // It also ends with 1 after it showed a notification without the buttons that it was asked for.
  if (code === undefined || code === 0 || noActions.test(stderr)) return undefined;
  return `notify-send ended with code ${code} and showed nothing. ${inTheWindow}`;
}

function explain(complaint: string): string {
  if (/ServiceUnknown|NameHasNoOwner|Spawn\./.test(complaint)) {
    return `No notification service is running. Start your desktop's own, or one such as dunst or mako. ${inTheWindow}`;
  }
  if (/autolaunch|Could not connect|Failed to connect/i.test(complaint)) {
    return `There is no desktop session to show notifications on (${complaint}). Start Greenlight within one. ${inTheWindow}`;
  }
  return `notify-send could not show a notification (${complaint}). ${inTheWindow}`;
}
