/** What a rehearsal came to, in words. */
import type { RehearsedGroup, Result, Would } from '../../shared/contract.ts';
import { costWords } from '../../shared/cost.ts';

type Rehearsed = Result<'policies.rehearse'>;

/** How many calls would have gone one way, and which. */
export interface Figure {
  would: Would;
  label: string;
  calls: number;
  /** What is otherwise than it was; absent where nothing is. */
  detail: string | undefined;
  groups: readonly RehearsedGroup[];
}

const LABELS: Record<Would, string> = {
  deny: 'Denied',
  ask: 'Asks you',
  allow: 'Passes',
  unknown: 'Cannot be told',
};

/** The figures, in the order they are shown. */
export function figuresOf(groups: readonly RehearsedGroup[]): Figure[] {
  return (['deny', 'ask', 'allow', 'unknown'] as const).map((would) => {
    // What is new comes first: under what denies and asks, the calls that ran; else those that did not.
    const own = groups.filter((group) => group.would === would).sort((a, b) => order(a) - order(b));
    return { would, label: LABELS[would], calls: sum(own), detail: detailOf(would, own), groups: own };
  });
}

function order({ would, asked, ran }: RehearsedGroup): number {
  const first = would === 'deny' ? ran : would === 'ask' ? !asked && ran : asked || !ran;
  return (first ? 0 : 2) + (asked ? 1 : 0);
}

function detailOf(would: Would, groups: readonly RehearsedGroup[]): string | undefined {
  const ran = sum(groups.filter((group) => group.ran));
  const unasked = sum(groups.filter((group) => group.ran && !group.asked));
  const asked = sum(groups.filter((group) => group.asked));
  const denied = sum(groups.filter((group) => !group.asked && !group.ran));
  switch (would) {
    case 'deny':
      return ran === 0 ? undefined : `${number(ran)} ran`;
    case 'ask':
      return unasked === 0 ? undefined : `${number(unasked)} ran unasked`;
    case 'allow': {
      const parts = [
        ...(asked > 0 ? [`${number(asked)} asked you`] : []),
        ...(denied > 0 ? [`${number(denied)} denied`] : []),
      ];
      return parts.length === 0 ? undefined : parts.join(', ');
    }
    case 'unknown':
      return undefined;
  }
}

/** "Of 128 calls in the last 7 days, this policy would have denied 3, asked you about 12 and let 110 pass." */
export function rehearsedSentence({ calls, cut, groups }: Rehearsed): string {
  const count = (would: Would) => sum(groups.filter((group) => group.would === would));
  const of = cut ? `Of the newest ${callsWords(calls)}` : `Of ${callsWords(calls)} in the last 7 days`;
  const some = (would: Would) => (count(would) === 0 ? 'none' : number(count(would)));
  const told = [`denied ${some('deny')}`, `asked you about ${some('ask')}`, `let ${some('allow')} pass`];
  const unknown = count('unknown');
  const untold = unknown === 0 ? '' : `; of ${number(unknown)} it cannot be told`;
  return `${of}, this policy would have ${told[0]}, ${told[1]} and ${told[2]}${untold}.`;
}

/** What calls cost that ran and would have been denied; undefined where that is nothing. */
export function savedWords(groups: readonly RehearsedGroup[], costUnit: string): string | undefined {
  const saved = groups
    .filter(({ would, ran }) => would === 'deny' && ran)
    .reduce((total, { cost }) => total + cost, 0);
  return saved === 0 ? undefined : `It would have saved ${costWords(saved, costUnit)}.`;
}

/** What happened to the calls of a group: "3 that ran without asking you". */
export function happenedWords({
  asked,
  ran,
  calls,
}: Pick<RehearsedGroup, 'asked' | 'ran' | 'calls'>): string {
  const that = `${number(calls)} that`;
  if (asked) return ran ? `${that} ran once you were asked` : `${that} asked you, and did not run`;
  return ran ? `${that} ran without asking you` : `${that} ${calls === 1 ? 'was' : 'were'} denied`;
}

/** Whose calls they are: a sentence. */
export function whoseWords(clients: readonly string[] | undefined): string {
  if (clients === undefined) return 'They are the calls of every client, for none follows this policy.';
  const [last = '', ...rest] = clients.slice(0, MOST_NAMED).reverse();
  const more = clients.length - MOST_NAMED;
  if (more > 0)
    return `They are the calls of ${clients.slice(0, MOST_NAMED).join(', ')} and ${more} more, which follow it.`;
  const names = rest.length === 0 ? last : `${rest.reverse().join(', ')} and ${last}`;
  return `They are the calls of ${names}, which ${clients.length === 1 ? 'follows' : 'follow'} it.`;
}

const MOST_NAMED = 4;

function sum(groups: readonly { calls: number }[]): number {
  return groups.reduce((total, { calls }) => total + calls, 0);
}

function number(value: number): string {
  return value.toLocaleString('en');
}

function callsWords(calls: number): string {
  return `${number(calls)} ${calls === 1 ? 'call' : 'calls'}`;
}
