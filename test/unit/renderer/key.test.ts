import { describe, expect, it } from 'vitest';
import { type KeyPlace, takeKey } from '../../../renderer/transport/key.ts';

function place(hash: string, stored: Record<string, string> = {}) {
  const shown: string[] = [];
  const at: KeyPlace = {
    location: { hash, pathname: '/', search: '' },
    history: { replaceState: (_data, _unused, url) => void shown.push(url) },
    storage: {
      getItem: (name) => stored[name] ?? null,
      setItem: (name, value) => {
        stored[name] = value;
      },
    },
  };
  return { at, shown, stored };
}

describe('the key of the page', () => {
  it('moves from the address bar to session storage, and survives a reload there', () => {
    const { at, shown, stored } = place('#key=s3cret-_~+/=');
    expect(takeKey(at)).toBe('s3cret-_~+/=');
    expect(shown).toEqual(['/']);
    expect(takeKey(place('', stored).at)).toBe('s3cret-_~+/=');
  });

  it('is replaced by a new one in the address', () => {
    const { at, stored } = place('#key=old');
    takeKey(at);
    expect(takeKey(place('#key=new', stored).at)).toBe('new');
    expect(takeKey(place('', stored).at)).toBe('new');
  });

  it('leaves the address of the approval that the link was for', () => {
    const { at, shown } = place('#key=s3cret&approval=a1-b2');
    expect(takeKey(at)).toBe('s3cret');
    expect(shown).toEqual(['/#/approvals/a1-b2']);
    const hostile = place('#key=s3cret&approval=../../x');
    takeKey(hostile.at);
    expect(hostile.shown).toEqual(['/']);
  });

  it('is missing when there is none, or none that could be sent', () => {
    expect(takeKey(place('').at)).toBeUndefined();
    expect(takeKey(place('#monkey=1').at)).toBeUndefined();
    const { at, shown, stored } = place('#key=a%0d%0ab');
    expect(takeKey(at)).toBeUndefined();
    expect(shown).toEqual(['/']);
    expect(stored).toEqual({});
  });
});
