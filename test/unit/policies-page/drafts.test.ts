import { describe, expect, it } from 'vitest';
import { type Draft, type DraftStorage, Drafts, isDirty, isNew } from '../../../renderer/policies/drafts.ts';
import { textOf } from '../../../renderer/policies/json-text.ts';

const one = { version: '1', default: 'deny', tools: {} };
const two = { version: '1', default: 'allow', tools: {} };
const three = { version: '1', default: 'require_approval', tools: {} };

function memory(): DraftStorage & { items: Map<string, string> } {
  const items = new Map<string, string>();
  return {
    items,
    getItem: (name) => items.get(name) ?? null,
    setItem: (name, value) => void items.set(name, value),
  };
}

function opened(storage: DraftStorage = memory()) {
  const drafts = new Drafts(storage);
  drafts.arrived('mine', 'Mine', 1, one);
  return drafts;
}

const dirty = (drafts: Drafts, key = 'mine') => isDirty(drafts.get(key) as Draft);

describe('a draft', () => {
  it('has no changes at first, nor when the same policy is written otherwise', () => {
    const drafts = opened();
    expect(dirty(drafts)).toBe(false);
    drafts.write('mine', JSON.stringify(one));
    expect(dirty(drafts)).toBe(false);
    drafts.write('mine', '{');
    expect(dirty(drafts)).toBe(true);
  });

  it('without changes follows the version in force', () => {
    const drafts = opened();
    drafts.arrived('mine', 'Mine', 2, two);
    expect(drafts.get('mine')).toMatchObject({ text: textOf(two), base: { version: 2 } });
  });

  it('with changes stays as it is when the policy changes meanwhile, and knows what it began with', () => {
    const drafts = opened();
    drafts.write('mine', textOf(two));
    drafts.arrived('mine', 'Mine', 2, three);
    expect(drafts.get('mine')).toMatchObject({ text: textOf(two), base: { version: 1, text: textOf(one) } });
    drafts.keepMine('mine', 2, three);
    expect(drafts.get('mine')).toMatchObject({
      text: textOf(two),
      base: { version: 2, text: textOf(three) },
    });
    expect(dirty(drafts)).toBe(true);
  });

  it('that says what has arrived has no changes any more', () => {
    const drafts = opened();
    drafts.write('mine', textOf(two));
    drafts.arrived('mine', 'Mine', 2, two);
    expect(drafts.get('mine')?.base?.version).toBe(2);
    expect(dirty(drafts)).toBe(false);
  });

  it('outlives the window while it has changes', () => {
    const storage = memory();
    const drafts = opened(storage);
    drafts.write('mine', '{ "half": ');
    drafts.create('New one', textOf(two));
    const later = new Drafts(storage);
    expect(later.get('mine')).toEqual(drafts.get('mine'));
    expect(later.all().map(({ name }) => name)).toEqual(['Mine', 'New one']);
  });

  it('that was saved is not kept in the storage', () => {
    const storage = memory();
    const drafts = opened(storage);
    drafts.write('mine', textOf(two));
    drafts.saved('mine', 'mine', 2, textOf(two));
    expect(dirty(drafts)).toBe(false);
    expect(new Drafts(storage).all()).toEqual([]);
  });

  it('keeps what was typed while it was being saved', () => {
    const drafts = opened();
    drafts.write('mine', textOf(two));
    drafts.write('mine', textOf(three));
    drafts.saved('mine', 'mine', 2, textOf(two));
    expect(drafts.get('mine')).toMatchObject({ text: textOf(three), base: { version: 2 } });
    expect(dirty(drafts)).toBe(true);
  });

  it('of a new policy takes the id that it is saved under', () => {
    const drafts = opened();
    const key = drafts.create('New', textOf(two));
    const other = drafts.create('Other', textOf(two));
    expect(key).not.toBe(other);
    expect(isNew({ key })).toBe(true);
    expect(dirty(drafts, key)).toBe(true);
    drafts.rename(key, 'Newer');
    drafts.saved(key, 'newer', 1, textOf(two));
    expect(drafts.get(key)).toBeUndefined();
    expect(drafts.get('newer')).toMatchObject({ name: 'Newer', base: { version: 1 } });
  });

  it('that is discarded is gone', () => {
    const drafts = opened();
    drafts.discard('mine');
    expect(drafts.get('mine')).toBeUndefined();
  });
});

it('a storage with anything else in it, or one that refuses, does no harm', () => {
  for (const found of ['', 'null', '{}', '[1, {"key": 5}, {"key":"a","name":"b","text":"c","base":{}}]']) {
    expect(new Drafts({ getItem: () => found, setItem: () => undefined }).all()).toEqual([]);
  }
  const full = new Drafts({
    getItem: () => null,
    setItem: () => {
      throw new Error('full');
    },
  });
  full.create('New', '{}');
  expect(full.all()).toHaveLength(1);
});

it('listeners are told of each change until they leave', () => {
  const drafts = opened();
  let told = 0;
  const leave = drafts.subscribe(() => told++);
  drafts.write('mine', '{');
  drafts.write('mine', '{');
  leave();
  drafts.write('mine', '{}');
  expect(told).toBe(1);
});
