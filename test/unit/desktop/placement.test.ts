import fc from 'fast-check';
import { expect, test } from 'vitest';
import { besideTray } from '../../../main/desktop/window/placement.ts';

const size = { width: 420, height: 560 };

test('hangs below an icon at the top, centred on it', () => {
  const tray = { x: 1000, y: 0, width: 24, height: 24 };
  expect(besideTray(tray, { x: 0, y: 24, width: 1440, height: 876 }, size)).toEqual({
    x: 802,
    y: 32,
    ...size,
  });
});

test('stands on a task bar at the bottom', () => {
  const tray = { x: 1300, y: 1050, width: 24, height: 24 };
  expect(besideTray(tray, { x: 0, y: 0, width: 1920, height: 1040 }, size)).toMatchObject({ y: 472 });
});

test('goes to the upper right corner where nobody says where the icon is', () => {
  const nowhere = { x: 0, y: 0, width: 0, height: 0 };
  expect(besideTray(nowhere, { x: 0, y: 30, width: 1920, height: 1050 }, size)).toMatchObject({
    x: 1492,
    y: 38,
  });
});

test('never leaves the screen', () => {
  const rectangle = (low: number) =>
    fc.record({
      x: fc.integer({ min: -4000, max: 4000 }),
      y: fc.integer({ min: -4000, max: 4000 }),
      width: fc.integer({ min: low, max: 4000 }),
      height: fc.integer({ min: low, max: 4000 }),
    });
  fc.assert(
    fc.property(rectangle(0), rectangle(320), (tray, workArea) => {
      const { x, y, width, height } = besideTray(tray, workArea, size);
      expect(x).toBeGreaterThanOrEqual(workArea.x);
      expect(y).toBeGreaterThanOrEqual(workArea.y);
      expect(x + width).toBeLessThanOrEqual(workArea.x + workArea.width);
      expect(y + height).toBeLessThanOrEqual(workArea.y + workArea.height);
    }),
  );
});
