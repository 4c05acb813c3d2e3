/** What the phone is told of a question, and whether that is enough to allow it there. Pure. */
import type { Signal } from '../../../shared/contract.ts';
import { ownMember } from '../../../shared/json.ts';
import { lumaToolOn } from '../../../shared/luma.ts';
import type { Settings } from '../../../shared/settings.ts';
import { type AnnouncedApproval, noticeFor, titleFor } from '../notice.ts';
import { oneLine } from '../text.ts';

/** Characters: what a phone shows of a notification that is opened, and little more. */
const MOST = { tool: 50, prompt: 600, rest: 300, signal: 200 };

/** Bytes: a longer message ntfy makes a file. */
const MOST_BYTES = 3000;

/** What has to be looked at in the window: a text unfolded, what is unseen marked, the difference of a tool. */
const IN_THE_WINDOW: ReadonlySet<Signal['kind']> = new Set(['long', 'hidden-text', 'changed-tool']);

export interface PhoneQuestion {
  title: string;
  body: string;
  /** Whether nothing that matters is left out: nobody allows what they cannot read. */
  whole: boolean;
}

/**
 * With the price alone it is whole where that is all that stands out: no address, nothing sent beside the arguments, not
 * the first time. With everything, where all arguments and all that stands out are there uncut, and nothing has to be
 * looked at in the window.
 */
export function questionFor(approval: AnnouncedApproval, sends: Settings['phone']['sends']): PhoneQuestion {
  const { body } = noticeFor(approval);
  const { title, where } = titleFor(approval);
  const { server, tool, signals, arguments: given } = approval;
  const costs = signals.filter(({ kind }) => kind === 'cost');
  // The title has its beginning only.
  const named = part(tool, MOST.tool).whole;
  if (sends === 'price') {
    const lines = costs.map(({ text }) => part(text, MOST.signal));
    return {
      title,
      body: [...where, ...lines.map(({ line }) => line)].map((line) => `${line}.`).join('\n'),
      whole:
        named && lines.length > 0 && lines.length === signals.length && lines.every(({ whole }) => whole),
    };
  }
  const name = lumaToolOn(server, tool)?.prompt ?? 'prompt';
  const prompt = ownMember(given, name);
  const isText = typeof prompt === 'string';
  const rest = Object.entries(given).filter(([member]) => !(isText && member === name));
  // First what stands out: a prompt could push it out of sight.
  const parts = [
    ...signals.map(({ text }) => part(text, MOST.signal)),
    ...(isText ? [quoted(part(prompt, MOST.prompt))] : []),
    ...(rest.length > 0 ? [part(JSON.stringify(Object.fromEntries(rest)), MOST.rest)] : []),
  ];
  const all = [...where, ...parts.map(({ line }) => line)].join('\n');
  const seen = named && !signals.some(({ kind }) => IN_THE_WINDOW.has(kind));
  const fits = seen && parts.every(({ whole }) => whole) && Buffer.byteLength(all) <= MOST_BYTES;
  return fits ? { title, body: all, whole: true } : { title, body, whole: false };
}

interface Part {
  line: string;
  whole: boolean;
}

function part(text: string, max: number): Part {
  const line = oneLine(text, max);
  return { line, whole: text.length <= max && line === oneLine(text, Number.POSITIVE_INFINITY) };
}

function quoted({ line, whole }: Part): Part {
  return { line: `“${line}”`, whole };
}
