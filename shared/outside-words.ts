/** What is said of a change from outside, wherever it is shown. Names and addresses in it are as others wrote them. */
import type { OutsideChange } from './contract.ts';
import { isJsonObject, type Json, ownMember } from './json.ts';

type Told = Pick<OutsideChange, 'kind' | 'name' | 'before' | 'after'>;

/** What became of what was accepted. */
function fate({ before, after }: Told): 'new' | 'gone' | 'changed' {
  return before === undefined ? 'new' : after === undefined ? 'gone' : 'changed';
}

/** What happened, as a title. */
export function outsideTitle(change: Told): string {
  const { kind, name } = change;
  switch (kind) {
    case 'settings':
      return 'Settings were changed outside Greenlight';
    case 'policy':
      return fate(change) === 'new'
        ? `A policy “${name}” was put beside yours`
        : `“${name}” was changed outside Greenlight`;
    case 'client':
      return {
        new: `${name} was given a way past Greenlight`,
        gone: `${name}’s entry was taken out outside Greenlight`,
        changed: `${name}’s entry was changed outside Greenlight`,
      }[fate(change)];
  }
}

/** What holds until the person answers. */
export function outsideHolds(change: Told): string {
  switch (change.kind) {
    case 'settings':
      return 'Until you answer, your settings hold.';
    case 'policy':
      return fate(change) === 'new'
        ? 'Until you answer, no call is judged by it.'
        : 'Until you answer, calls are judged by the version that you accepted.';
    case 'client':
      return `${change.name} reads this file itself: it may go by this already, and Greenlight cannot hold it back.`;
  }
}

/** What each answer does. */
export function outsideAnswers(change: Told): { use: string; keep: string } {
  const { kind, name } = change;
  switch (kind) {
    case 'settings':
      return { use: 'they hold from now on.', keep: 'your settings are written back into the file.' };
    case 'policy':
      return fate(change) === 'new'
        ? {
            use: 'it becomes one of your policies.',
            keep: 'the file goes, and its text is kept beside.',
          }
        : {
            use: 'calls are judged by it from now on.',
            keep: 'your version is written back, and what stands there now is kept beside it.',
          };
    case 'client': {
      const keep = `Greenlight’s entry is written back, with a new token. Restart ${name} if it is running.`;
      return {
        new: {
          use: `${name} reaches Luma past Greenlight: no policy, no question, no log.`,
          keep: `this way is taken out. ${keep}`,
        },
        gone: { use: `${name} does without Greenlight.`, keep },
        changed: { use: 'Greenlight takes this for its entry from now on.', keep },
      }[fate(change)];
    }
  }
}

/** What was done. */
export function outsideDone(change: Told, answer: 'use' | 'keep'): string {
  const { kind, name } = change;
  switch (kind) {
    case 'settings':
      return answer === 'use' ? 'The settings of the file hold now.' : 'Your settings were written back.';
    case 'policy':
      if (fate(change) === 'new')
        return answer === 'use' ? `“${name}” is one of your policies now.` : `“${name}” was put aside.`;
      return answer === 'use'
        ? `“${name}” judges calls as it stands in its file.`
        : `“${name}” is as you had it.`;
    case 'client':
      return answer === 'use'
        ? `${name}’s configuration stays as it is.`
        : `${name}’s entry was written back. Restart ${name} if it is running.`;
  }
}

const MODES: Record<string, string> = {
  policy: 'by policy',
  ask: 'ask for every call',
  allow: 'allow without asking',
  block: 'block everything',
};

/** What the settings that decide about calls would become, a sentence each. `when` says an ISO time in words. */
export function settingsWords(
  { before, after }: Pick<OutsideChange, 'before' | 'after'>,
  when: (iso: string) => string = (iso) => iso,
): string[] {
  const was = (name: string) => member(before, name);
  const is = (name: string) => member(after, name);
  const guard = (value: Json | undefined) => {
    const [mode, until] = [text(member(value, 'mode')), member(value, 'until')];
    const words = Object.hasOwn(MODES, mode) ? MODES[mode] : mode;
    return `“${words}”${typeof until === 'string' ? ` until ${when(until)}` : ''}`;
  };
  return [
    sentence('The guard mode becomes', guard(is('guard')), guard(was('guard'))),
    sentence(
      'Clients without a policy of their own follow',
      `“${text(is('defaultPolicyId'))}”`,
      `“${text(was('defaultPolicyId'))}”`,
    ),
    sentence('Calls go to', upstreamText(is('upstream')), upstreamText(was('upstream'))),
  ].filter((words) => words !== undefined);
}

function sentence(start: string, is: string, was: string): string | undefined {
  return is === was ? undefined : `${start} ${is} instead of ${was}.`;
}

function upstreamText(upstream: Json | undefined): string {
  switch (member(upstream, 'kind')) {
    case 'sandbox':
      return 'the sandbox';
    case 'http':
      return text(member(upstream, 'url'));
    default: {
      const args = member(upstream, 'args');
      const words = [member(upstream, 'command'), ...(Array.isArray(args) ? args : [])].map(text);
      return `the program “${words.join(' ')}”`;
    }
  }
}

const member = (value: Json | undefined, name: string) =>
  isJsonObject(value) ? ownMember(value, name) : undefined;

const text = (value: Json | undefined) => (typeof value === 'string' ? value : JSON.stringify(value ?? null));
