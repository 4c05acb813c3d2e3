import { describe, expect, it, vi } from 'vitest';
import { followHost, hostNow } from '../../../renderer/text/clock.ts';
import { sourcesOf } from '../../support/imports.ts';

const HOUR = 3_600_000;

describe("the window's clock", () => {
  it('is the only one in the window', () => {
    const others = [...sourcesOf('renderer')].filter(
      ([path, text]) => path !== 'renderer/text/clock.ts' && /\bDate\.now\b|\bnew Date\(\)/.test(text),
    );
    expect(others.map(([path]) => path)).toEqual([]);
  });

  it("goes by the host's, and passes over an answer that was long on its way", async () => {
    vi.useFakeTimers({ now: 1_000_000 });
    try {
      const told = async (ahead: number, way: number) => {
        const now = new Date(Date.now() + ahead).toISOString();
        vi.setSystemTime(Date.now() + way);
        return now;
      };
      await followHost(() => told(-HOUR, 0));
      expect(hostNow()).toBe(Date.now() - HOUR);
      await followHost(() => told(-HOUR, 40));
      // As if the answer had taken as long as the question.
      expect(hostNow()).toBe(Date.now() - HOUR - 20);
      await followHost(() => told(-HOUR, 8 * HOUR));
      expect(hostNow()).toBe(Date.now() - HOUR - 20);
    } finally {
      vi.useRealTimers();
      await followHost(async () => new Date().toISOString());
    }
  });
});
