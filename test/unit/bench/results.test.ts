import { describe, expect, test } from 'vitest';
import type { Measured } from '../../bench/parts/measure.ts';
import { drawPlot } from '../../bench/parts/plot.ts';
import { aims, figures, NAMES, type Results } from '../../bench/parts/results.ts';
import { ratio } from '../../bench/parts/statistics.ts';
import { callsTable } from '../../bench/parts/tables.ts';

const NOTHING = Number.NaN;

function measured(rate: number, cpu = NOTHING, p50 = 1, block = NOTHING): Measured {
  return { calls: 100, rate, p50, p99: 2 * p50, cpu, busy: 1, block };
}

function results(rates: Record<string, number[]>, cpu = NOTHING): Results {
  return {
    connections: 16,
    rows: 1_000_000,
    flushes: [1, 1, 1],
    targets: Object.entries(rates).map(([name, rounds]) => ({
      name,
      base: NAMES.bare,
      together: rounds.map((rate) => measured(rate, cpu)),
      serial: rounds.map((rate) => measured(rate, cpu, 1000 / rate)),
    })),
    processes: [],
  };
}

test('a ratio is taken within its round: what slows the machine slows both', () => {
  expect(ratio([100, 50, 10], [200, 100, 20])).toBe(0.5);
  const of = results({ [NAMES.bare]: [1000, 100, 10], [NAMES.greenlight]: [800, 80, 8] });
  const greenlight = of.targets[1] as Results['targets'][number];
  expect(figures(of, greenlight)).toMatchObject({ rate: 80, rateRatio: 0.8, serialRatio: 1.25 });
});

describe('the aims', () => {
  const find = (of: Results, part: string) => aims(of).find(({ what }) => what.startsWith(part));

  test('are met at their bound, and missed past it', () => {
    const at = (rate: number) => results({ [NAMES.bare]: [1000], [NAMES.greenlight]: [rate] });
    expect(find(at(800), 'calls/s / bare')).toMatchObject({ value: '0.80', met: true });
    expect(find(at(799), 'calls/s / bare')).toMatchObject({ met: false });
  });

  test('hold Greenlight over stdio against the best peer of each round', () => {
    const of = results({
      [NAMES.stdio]: [120, 120, 120],
      [NAMES.mcpProxy]: [100, 10, 10],
      [NAMES.supergateway]: [10, 100, 200],
    });
    expect(find(of, 'stdio')).toMatchObject({ value: '1.20', met: true });
  });

  test('say what was not measured, and do not call it missed', () => {
    for (const aim of aims(results({ [NAMES.greenlight]: [800] }))) {
      if (aim.value !== 'not measured') throw new Error(`${aim.what} is ${aim.value}`);
      expect(aim).not.toHaveProperty('met');
    }
  });
});

test('the table leaves CPU out where it could not be read', () => {
  const rates = { [NAMES.bare]: [1000], [NAMES.greenlight]: [800] };
  expect(callsTable(results(rates))).not.toContain('CPU');
  expect(callsTable(results(rates, 200))).toContain('CPU');
});

test('the picture has a bar for each number, and words where there is none', () => {
  const rates = { [NAMES.bare]: [1000], [NAMES.greenlight]: [800] };
  expect(drawPlot(results(rates, 200)).match(/<rect/g)).toHaveLength(4);
  const without = drawPlot(results(rates));
  expect(without.match(/<rect/g)).toHaveLength(2);
  expect(without.match(/not measured/g)).toHaveLength(2);
});
