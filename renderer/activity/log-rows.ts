import type { ActivityRow } from '../../shared/contract.ts';

/** One page of the log as Greenlight hands it out. */
export interface LogPage {
  rows: readonly ActivityRow[];
  next?: string | undefined;
  total?: number | undefined;
  /** There are more than `total`. */
  more?: true | undefined;
}

/** Where a page starts: `skip` rows after the row that `before` names, or at the newest. */
export interface LogPlace {
  limit: number;
  before?: string;
  skip?: number;
}

/** What the list shows. A new object on every change, so that React can compare. */
export interface LogView {
  status: 'loading' | 'ready' | 'failed';
  /** Rows in the list, loaded or not. */
  count: number;
  /** There are more than that: counting stopped. The list grows as its end is seen. */
  more: boolean;
  /** New rows that are not in the list yet; `many`: they are not known one by one. */
  fresh: number | 'many';
  /** Why the last asking failed. */
  error?: unknown;
}

/** Rows of one page. */
export const PAGE = 100;

/** Pages kept; those farthest from what is seen go first. */
const KEPT_PAGES = 12;

/** Past this many rows at the top the list is loaded anew, so that a window left open does not grow. */
const LARGEST_HEAD = 1000;

/**
 * The rows of a long list of which only a part is held. The head (the newest page, and what came since) is
 * always there. Behind it, pages are counted from the end of the head's first page, so that new rows do not
 * move them; they are asked for one at a time, always for what is seen at that moment.
 */
export class LogRows {
  readonly #fetch: (place: LogPlace, signal: AbortSignal) => Promise<LogPage>;
  readonly #matches: (row: ActivityRow) => boolean;
  readonly #listeners = new Set<() => void>();
  /** Where the pages behind the head start; undefined when the head is all there is. */
  #anchor: string | undefined;
  #head: readonly ActivityRow[] = [];
  #fresh: readonly ActivityRow[] = [];
  /** More came than was told, since the loading began. */
  #crowded = false;
  /** Rows behind the head, and whether there are more. */
  #behind = 0;
  #more = false;
  readonly #pages = new Map<number, readonly ActivityRow[]>();
  /** The pages that are seen, first and last. */
  #wanted: readonly [number, number] = [0, -1];
  #asking = false;
  /** Counts loadings: an answer to one that was overtaken by another is dropped. */
  #loading = 0;
  /** Ends what is asked for, once nobody wants it any more. */
  #over = new AbortController();
  #view: LogView = { status: 'loading', count: 0, more: false, fresh: 0 };

  /**
   * @param fetch Asks for a page; `signal` says that it is not wanted any more.
   * @param matches Whether a row that has just come in belongs to the list.
   */
  constructor(
    fetch: (place: LogPlace, signal: AbortSignal) => Promise<LogPage>,
    matches: (row: ActivityRow) => boolean,
  ) {
    this.#fetch = fetch;
    this.#matches = matches;
  }

  readonly view = (): LogView => this.#view;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** The row at `index`, newest first; undefined while it is not loaded. */
  row(index: number): ActivityRow | undefined {
    if (index < this.#head.length) return this.#head[index];
    const behind = index - this.#head.length;
    return this.#pages.get(Math.floor(behind / PAGE))?.[behind % PAGE];
  }

  /** Where the row with this id is, when it is loaded. */
  indexOf(id: string): number | undefined {
    const inHead = this.#head.findIndex((row) => row.id === id);
    if (inHead >= 0) return inHead;
    for (const [page, rows] of this.#pages) {
      const at = rows.findIndex((row) => row.id === id);
      if (at >= 0) return this.#head.length + page * PAGE + at;
    }
    return undefined;
  }

  /** Loads the newest page. Never rejects: a failure is in the view. */
  readonly load = async (): Promise<void> => {
    this.#over.abort();
    this.#over = new AbortController();
    const turn = ++this.#loading;
    this.#fresh = [];
    this.#crowded = false;
    this.#set({ ...this.#view, status: 'loading' });
    try {
      const { rows, next, total, more } = await this.#fetch({ limit: PAGE }, this.#over.signal);
      if (turn !== this.#loading) return;
      this.#head = rows;
      this.#anchor = next;
      this.#behind = next === undefined ? 0 : Math.max(0, (total ?? rows.length) - rows.length);
      this.#more = more === true;
      this.#pages.clear();
      this.#wanted = [0, -1];
      // What came while the answer was on its way is in it, is newer, or is an old row that changed.
      const newest = rows[0]?.at ?? '';
      this.#fresh = this.#fresh.filter(({ id, at }) => at >= newest && !rows.some((row) => row.id === id));
      this.#set({
        status: 'ready',
        count: rows.length + this.#behind,
        more: this.#more,
        fresh: this.#crowded ? 'many' : this.#fresh.length,
      });
    } catch (error) {
      if (turn === this.#loading) this.#set({ ...this.#view, status: 'failed', error });
    }
  };

  /** Ends what is asked for: nobody looks at the list any more. */
  close(): void {
    this.#loading += 1;
    this.#over.abort();
  }

  /** Says which rows are seen, first and last: those that are missing are loaded, and far ones let go. */
  want(first: number, last: number): void {
    const page = (index: number) => Math.floor(Math.max(0, index - this.#head.length) / PAGE);
    this.#wanted = last < this.#head.length ? [0, -1] : [page(first), page(last)];
    if (this.#view.status === 'ready') void this.#fill();
  }

  /** Asks again for what is seen, after a failure. */
  readonly retry = (): void => {
    if (this.#view.status === 'failed') void this.load();
    else void this.#fill();
  };

  /** Takes in a row that was added or has changed. */
  live(row: ActivityRow): void {
    if (this.#replace(row)) return;
    const newest = this.#head[0];
    const isNew = newest === undefined || row.at >= newest.at;
    if (!isNew || !this.#matches(row)) return;
    this.#fresh = [row, ...this.#fresh];
    if (this.#view.fresh !== 'many') this.#set({ ...this.#view, fresh: this.#fresh.length });
  }

  /** So many rows came, or changed, that they are not told one by one. */
  crowd(): void {
    this.#crowded = true;
    if (this.#view.status === 'ready') this.#set({ ...this.#view, fresh: 'many' });
  }

  /** Moves the new rows into the list. */
  readonly showFresh = (): void => {
    if (this.#view.fresh === 0) return;
    if (this.#view.fresh === 'many' || this.#head.length + this.#fresh.length > LARGEST_HEAD) {
      void this.load();
      return;
    }
    this.#head = [...this.#fresh, ...this.#head];
    this.#fresh = [];
    this.#set({ ...this.#view, count: this.#head.length + this.#behind, fresh: 0 });
  };

  /** Puts `row` in the place of the row with its id. Returns whether there was one. */
  #replace(row: ActivityRow): boolean {
    const inFresh = this.#fresh.findIndex(({ id }) => id === row.id);
    if (inFresh >= 0) {
      this.#fresh = this.#fresh.with(inFresh, row);
      return true;
    }
    const inHead = this.#head.findIndex(({ id }) => id === row.id);
    if (inHead >= 0) this.#head = this.#head.with(inHead, row);
    else {
      const found = [...this.#pages].find(([, rows]) => rows.some(({ id }) => id === row.id));
      if (found === undefined) return false;
      const [page, rows] = found;
      this.#pages.set(
        page,
        rows.map((known) => (known.id === row.id ? row : known)),
      );
    }
    this.#set({ ...this.#view });
    return true;
  }

  /** Asks for the pages that are seen and missing, one after the other. */
  async #fill(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    const turn = this.#loading;
    try {
      for (let page = this.#missing(); page !== undefined; page = this.#missing()) {
        const { rows, next } = await this.#fetch(
          {
            limit: PAGE,
            skip: page * PAGE,
            ...(this.#anchor !== undefined && { before: this.#anchor }),
          },
          this.#over.signal,
        );
        if (turn !== this.#loading) break;
        this.#pages.set(page, rows);
        // Rows may have left the list since they were counted: a call that waited waits no more.
        const end = page * PAGE + rows.length;
        if (next === undefined || rows.length < PAGE) {
          this.#behind = end;
          this.#more = false;
        } else if (end >= this.#behind) this.#behind = end + 1;
        this.#letGo();
        const { error: _over, ...view } = this.#view;
        this.#set({ ...view, count: this.#head.length + this.#behind, more: this.#more });
      }
    } catch (error) {
      if (turn === this.#loading) this.#set({ ...this.#view, error });
    } finally {
      this.#asking = false;
    }
    // The list was loaded anew meanwhile, and something else is seen.
    if (turn !== this.#loading && this.#missing() !== undefined) void this.#fill();
  }

  #missing(): number | undefined {
    if (this.#anchor === undefined) return undefined;
    const [first, last] = this.#wanted;
    for (let page = first; page <= last && page * PAGE < this.#behind; page++)
      if (!this.#pages.has(page)) return page;
    return undefined;
  }

  #letGo(): void {
    const middle = (this.#wanted[0] + this.#wanted[1]) / 2;
    const far = [...this.#pages.keys()].sort((a, b) => Math.abs(b - middle) - Math.abs(a - middle));
    for (const page of far.slice(0, Math.max(0, far.length - KEPT_PAGES))) this.#pages.delete(page);
  }

  #set(view: LogView): void {
    this.#view = view;
    for (const listener of this.#listeners) listener();
  }
}
