import type { Category } from './category.ts';
import { list } from './words.ts';

/** What a verb says of the tool that does it. */
export interface Verb {
  verb: string;
  category: Category;
  /** As often a noun: it is the verb only where a verb stands (`order_pizza`, not `get_order`). */
  noun: boolean;
}

/** Verbs that are hardly ever anything else. */
const VERBS: Record<Category, string> = {
  read: `get list read search find fetch show describe retrieve lookup view query count inspect browse explain
    summarize summarise analyze analyse compare diff preview validate whoami ls cat grep glob stat peek
    discover enumerate geocode calculate compute estimate detect translate echo`,
  write: `create add insert update set write edit modify append replace rename move save store upsert send publish
    submit enable disable assign unassign invite subscribe register configure apply attach connect
    disconnect sync reopen approve reject resolve merge push rebase click type press hover drag navigate
    login logout restart pause resume trigger deploy promote provision grant lock unlock follow unfollow
    react vote accept decline notify forward fork archive unarchive restore undelete generate make emit
    broadcast bump increment decrement rotate regenerate ingest upgrade downgrade migrate simulate unstage
    enqueue dispatch reboot shutdown unpin unmount redirect override escalate acknowledge mute unmute adjust
    allocate alter augment prepend transform persist compose initialize init upvote downvote give drain
    cordon uncordon consume ack`,
  destructive: `delete destroy remove erase wipe purge drop truncate uninstall revoke terminate kill overwrite unlink rm
    rmdir del discard flush prune evict expunge shred nuke annihilate obliterate deprovision deactivate
    clear cleanup cancel reset revert rollback unpublish unregister dispose exterminate eradicate
    decommission delist clobber trash dequeue`,
  execute: 'execute exec eval evaluate spawn sudo ssh powershell bash',
  spend: 'buy purchase pay refund payout withdraw donate rent hire topup invest',
};

/** Verbs that are as often nouns. */
const NOUNS: Record<Category, string> = {
  read: 'look check wait think help info status estimate see tail head',
  write: `post comment message reply commit checkout pull patch copy share record tag label link star mark build
    release request review schedule report import export book clone branch host edit sign join leave like
    design scale rollout index train select scroll swipe tap resize emulate lay note focus undo redo extend
    complete cut store process plan produce offer project provision forward open close start stop change
    switch draft stage fix toggle upload download install fill put pin mount return email mail tweet print
    sms dial fax ship mint burn airdrop inject encrypt decrypt compress zip unzip backup bookmark flag hide
    retweet quote rebuild swap`,
  destructive: 'empty clean ban expire invalidate forget block format pop',
  execute: 'run shell terminal script command cmd invoke call launch',
  spend: 'order charge transfer tip bid trade stake',
};

const vocabulary = new Map<string, Verb>();
for (const [lists, noun] of [
  [NOUNS, true],
  [VERBS, false],
] as const) {
  for (const [category, text] of Object.entries(lists) as [Category, string][])
    for (const verb of list(text)) vocabulary.set(verb, { verb, category, noun });
}

/** The verb that `word` is as it stands. */
export function verbOf(word: string): Verb | undefined {
  return vocabulary.get(word);
}

/** The verb that `word` is a form of, and which: `delete`, `deletes`, `deleting`. */
export function verbFormOf(word: string): (Verb & { form: 'base' | 's' | 'ing' }) | undefined {
  const as = (form: 'base' | 's' | 'ing', ...stems: string[]) => {
    const found = stems.map((stem) => vocabulary.get(stem)).find((verb) => verb !== undefined);
    return found && { ...found, form };
  };
  const base = as('base', word);
  if (base) return base;
  if (word.endsWith('ies')) return as('s', `${word.slice(0, -3)}y`);
  if (word.endsWith('s'))
    return as('s', word.slice(0, -1), ...(word.endsWith('es') ? [word.slice(0, -2)] : []));
  if (!word.endsWith('ing')) return undefined;
  const stem = word.slice(0, -3);
  const single = stem.at(-1) === stem.at(-2) ? [stem.slice(0, -1)] : [];
  return as('ing', stem, `${stem}e`, ...single);
}

/** Verbs of changing whose participle tells what is done to something: others as often tell how it is (`is merged`). */
const DONE = list('send publish submit modify notify');

const IRREGULAR = {
  sent: 'send',
  overwritten: 'overwrite',
  reset: 'reset',
  paid: 'pay',
  bought: 'buy',
  lost: 'destroy',
  gone: 'destroy',
};

const participles = new Map<string, Verb>();
for (const [verb, known] of vocabulary) {
  // What is too long to be shown is truncated: of what is read, too.
  if (known.noun || known.category === 'read' || verb === 'truncate') continue;
  if (known.category === 'write' && !DONE.has(verb)) continue;
  for (const ending of verb.endsWith('e') ? ['d'] : ['ed', `${verb.at(-1)}ed`])
    participles.set(`${verb.replace(/y$/, 'i')}${ending}`, known);
  for (const [word, of] of Object.entries(IRREGULAR)) if (of === verb) participles.set(word, known);
}

/** The verb whose participle `word` is, of those that tell what is done: `deleted`, `sent`. */
export function participleOf(word: string): Verb | undefined {
  return participles.get(word);
}

/** What nobody writes into a longer word by chance: `deletefile`, `getandpurge`. */
const WITHIN = 'delete remove destroy purge erase truncate uninstall terminate overwrite execute'.split(' ');
const ENDINGS = new Set(['d', 's', 'r', 'rs']);

/** The dangerous verb that a word holds which is none itself. */
export function verbWithin(word: string): Verb | undefined {
  const found = WITHIN.find((verb) => {
    const at = word.indexOf(verb);
    return at >= 0 && !(at === 0 && ENDINGS.has(word.slice(verb.length)));
  });
  return found === undefined ? undefined : vocabulary.get(found);
}

/** Those that end a name as often as a noun (`email_list`): there they say nothing. */
export const ENDS = list('list view count query preview diff read');

/** What is made for money: generating one costs. */
export const MEDIA = list(
  'video videos image images picture pictures photo photos speech audio music song songs voice voiceover avatar animation clip clips',
);
export const MAKING = list('generate extend synthesize render animate upscale imagine');

/** What moves money: creating, sending or submitting one pays. */
export const MONEY = list(
  'payment payments order orders purchase purchases refund refunds payout payouts charge charges transfer transfers bid subscription',
);
export const PLACING = list('create send make submit place confirm complete capture initiate execute add');
