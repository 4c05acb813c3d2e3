/**
 * What the person is writing: a draft for each policy that is open or has unsaved changes. Drafts outlive
 * the page, and, in the browser's storage, the window; only saving or discarding ends them.
 */
import { isJsonObject, type Json } from '../../shared/json.ts';
import { readText, textOf } from './json-text.ts';

/** The version a draft began with. */
interface Base {
  version: number;
  text: string;
}

export interface Draft {
  /** The policy's id, or `new:` and a number for one that was never saved. */
  key: string;
  name: string;
  text: string;
  /** Absent on a policy that was never saved. */
  base: Base | undefined;
  /** It was saved and not changed since. */
  saved?: true;
}

/** The part of the browser's storage that is used. */
export interface DraftStorage {
  getItem(name: string): string | null;
  setItem(name: string, value: string): void;
}

const STORED = 'greenlight-policy-drafts';

/** Whether saving would change something. The same document written otherwise is the same policy. */
export function isDirty({ base, text }: Draft): boolean {
  if (base === undefined) return true;
  if (text === base.text) return false;
  const { document } = readText(text);
  return document === undefined || textOf(document) !== base.text;
}

/** Whether the draft was never saved. */
export function isNew(draft: Pick<Draft, 'key'>): boolean {
  return draft.key.startsWith('new:');
}

/** The drafts of this window. */
export class Drafts {
  readonly #storage: DraftStorage;
  readonly #listeners = new Set<() => void>();
  #drafts: readonly Draft[];

  constructor(storage: DraftStorage) {
    this.#storage = storage;
    this.#drafts = stored(storage);
  }

  /** All of them; the same list until something changes. */
  readonly all = (): readonly Draft[] => this.#drafts;

  /** Calls `listener` after each change; the returned function ends that. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  get(key: string): Draft | undefined {
    return this.#drafts.find((draft) => draft.key === key);
  }

  /** Begins a policy that is not saved yet. Returns its key. */
  create(name: string, text: string): string {
    const taken = this.#drafts.filter(isNew).map(({ key }) => Number(key.slice('new:'.length)));
    const key = `new:${Math.max(0, ...taken) + 1}`;
    this.#put({ key, name, text, base: undefined });
    return key;
  }

  /**
   * Tells of the version in force, as Greenlight has it now. A draft without changes of its own follows;
   * one with changes keeps its base, so that the two can be compared.
   */
  arrived(key: string, name: string, version: number, document: Json): void {
    const text = textOf(document);
    const draft = this.get(key);
    const known = draft?.base?.version ?? 0;
    // An answer that was on its way while something newer was saved.
    if (version < known || (version === known && draft?.name === name)) return;
    if (draft === undefined || !isDirty(draft)) this.#put({ key, name, text, base: { version, text } });
    // The person has written what has arrived: nothing is left to decide.
    else if (sameDocument(draft.text, text)) this.#put({ ...draft, name, base: { version, text } });
    else if (draft.name !== name) this.#put({ ...draft, name });
  }

  /** Changes the text of a draft. */
  write(key: string, text: string): void {
    const draft = this.get(key);
    if (draft === undefined || draft.text === text) return;
    const { saved: _before, ...rest } = draft;
    this.#put({ ...rest, text });
  }

  /** Names a draft that was never saved. */
  rename(key: string, name: string): void {
    const draft = this.get(key);
    if (draft !== undefined) this.#put({ ...draft, name });
  }

  /** The person has seen version `version` and keeps what they wrote. */
  keepMine(key: string, version: number, document: Json): void {
    const draft = this.get(key);
    if (draft !== undefined) this.#put({ ...draft, base: { version, text: textOf(document) } });
  }

  /** `text`, under `key` so far, is now version `version` of the policy `id`. */
  saved(key: string, id: string, version: number, text: string): void {
    const draft = this.get(key);
    if (draft === undefined) return;
    const base = { version, text };
    // What was typed while the answer was on its way stays a change.
    const same = sameDocument(draft.text, text);
    const next: Draft = same ? { ...draft, key: id, base, text, saved: true } : { ...draft, key: id, base };
    this.#set([...this.#drafts.filter((each) => each.key !== key && each.key !== id), next]);
  }

  /** Drops a draft: what was saved is loaded anew when it is asked for. */
  discard(key: string): void {
    this.#set(this.#drafts.filter((draft) => draft.key !== key));
  }

  #put(draft: Draft): void {
    const at = this.#drafts.findIndex(({ key }) => key === draft.key);
    this.#set(at < 0 ? [...this.#drafts, draft] : this.#drafts.with(at, draft));
  }

  #set(drafts: readonly Draft[]): void {
    this.#drafts = drafts;
    try {
      this.#storage.setItem(STORED, JSON.stringify(drafts.filter(isDirty)));
    } catch {
      // The storage is full or forbidden; the drafts live as long as the window then.
    }
    for (const listener of this.#listeners) listener();
  }
}

/** Whether two texts are the same policy; key order and numbers count as they are written to disk. */
function sameDocument(a: string, b: string): boolean {
  const { document } = readText(a);
  const text = document === undefined ? a : textOf(document);
  return text === b;
}

function stored(storage: DraftStorage): readonly Draft[] {
  try {
    const found: unknown = JSON.parse(storage.getItem(STORED) ?? '[]');
    return Array.isArray(found) ? found.filter(isDraft) : [];
  } catch {
    return [];
  }
}

function isDraft(value: unknown): value is Draft {
  if (!isJsonObject(value)) return false;
  const { key, name, text, base } = value;
  if (typeof key !== 'string' || typeof name !== 'string' || typeof text !== 'string') return false;
  return (
    base === undefined ||
    (isJsonObject(base) && typeof base.text === 'string' && Number.isInteger(base.version))
  );
}
