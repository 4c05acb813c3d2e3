/**
 * Photographs of the window, compared with the ones that were kept: an eighth of the size, so that a column that broke
 * is seen, and a glyph, a time or another machine's way of drawing is not.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright';
import { PNG } from 'pngjs';

const KEPT = fileURLToPath(new URL('../fixtures/photographs', import.meta.url));
/** Where what differs is left to look at. */
const FOUND = fileURLToPath(new URL('../../node_modules/.cache/photographs', import.meta.url));
const require = createRequire(import.meta.url);
const FONT = require.resolve('@fontsource-variable/inter/files/inter-latin-wght-normal.woff2');

/** Whether photographs are kept anew instead of compared: `npm run photographs`. */
const KEEP = process.env.MODE === 'photographs';

/** A photograph is so much smaller than what is on the screen, in each direction. */
const SCALE = 8;
/** Points of a photograph are put together, so many in each direction, before they are compared. */
const BLOCK = 2;
/** Two blocks differ when they are further apart in one colour (of 255). */
const APART = 12;
/** The side of such a block on the screen. */
const SIDE = SCALE * BLOCK;
/** So many blocks may differ: the place that a few words have, where a column has more. */
const MAY_DIFFER = 16;
/** One line of text more makes a page longer; what there is of both is compared. */
const MAY_BE_LONGER = 5;

/** Gives every text the same letters on every machine. Before the window is opened. */
export async function useOneFont(page: Page): Promise<void> {
  const font = readFileSync(FONT).toString('base64');
  await page.addInitScript(`
    document.fonts.add(new FontFace('Photographed', Uint8Array.from(atob('${font}'), (one) => one.charCodeAt(0)), { weight: '100 900' }));
    const sheet = new CSSStyleSheet();
    // A client's colour comes from its id, which is another one each time.
    sheet.replaceSync(\`* { font-family: Photographed !important; caret-color: transparent !important; }
      .client-mark { --hue: 200 !important; }\`);
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
    void document.fonts.load('16px Photographed');
  `);
}

/**
 * Compares what `page` shows with the photograph that is kept as `name`, or keeps it as that.
 *
 * @returns what differs, in words; `undefined`: nothing
 */
export async function comparePhotograph(page: Page, name: string): Promise<string | undefined> {
  const full = await page.screenshot({ animations: 'disabled' });
  const now = reduce(PNG.sync.read(full));
  const file = join(KEPT, `${name}.png`);
  const kept = existsSync(file) ? PNG.sync.read(readFileSync(file)) : undefined;
  if (KEEP) {
    // What differs by less than would be noticed stays as it is: a change shows what changed.
    if (kept && areAlike(kept, now, MAY_DIFFER / 4)) return undefined;
    mkdirSync(KEPT, { recursive: true });
    writeFileSync(file, PNG.sync.write(now, { colorType: 2 }));
    return undefined;
  }
  const help = 'Look at both; where it is as it should be: npm run photographs';
  if (!kept) return `${name}: there is no photograph of it. ${help}`;
  const blocks = apart(kept, now);
  if (blocks !== 'size' && blocks.length <= MAY_DIFFER) return undefined;
  mkdirSync(FOUND, { recursive: true });
  const left = join(FOUND, `${name}.png`);
  writeFileSync(left, full);
  const what =
    blocks === 'size'
      ? `its size (${now.width * SCALE} × ${now.height * SCALE}, kept ${kept.width * SCALE} × ${kept.height * SCALE})`
      : `${blocks.length} squares of ${SIDE} × ${SIDE} points, ${whereabouts(blocks)},`;
  return `${name}: ${what} not as in ${file}. It is now: ${left}. ${help}`;
}

/** Whether two screenshots of one size are further apart than {@link comparePhotograph} lets pass. */
export function areApart(one: Buffer, other: Buffer): boolean {
  return !areAlike(reduce(PNG.sync.read(one)), reduce(PNG.sync.read(other)), MAY_DIFFER);
}

/** The mean of each square of {@link SCALE} points; in few steps of brightness, which make a small file. */
function reduce(photograph: PNG): PNG {
  const reduced = new PNG({
    width: Math.floor(photograph.width / SCALE),
    height: Math.floor(photograph.height / SCALE),
  });
  for (let y = 0; y < reduced.height; y += 1)
    for (let x = 0; x < reduced.width; x += 1) {
      const at = (y * reduced.width + x) * 4;
      for (const colour of [0, 1, 2])
        reduced.data[at + colour] = Math.floor(mean(photograph, x, y, SCALE, colour) / 4) * 4;
      reduced.data[at + 3] = 255;
    }
  return reduced;
}

/** Whether the two have one size, and at most `differing` blocks differ. */
function areAlike(kept: PNG, now: PNG, differing: number): boolean {
  const blocks = apart(kept, now);
  return blocks !== 'size' && blocks.length <= differing;
}

/** The blocks that differ, each by its place; `size`: not even the sizes are alike. */
function apart(kept: PNG, now: PNG): { x: number; y: number }[] | 'size' {
  if (kept.width !== now.width || Math.abs(kept.height - now.height) > MAY_BE_LONGER) return 'size';
  const [across, down] = [kept.width, Math.min(kept.height, now.height)].map((size) =>
    Math.floor(size / BLOCK),
  ) as [number, number];
  const differ: { x: number; y: number }[] = [];
  for (let y = 0; y < down; y += 1)
    for (let x = 0; x < across; x += 1) {
      const isApart = (colour: number) =>
        Math.abs(mean(kept, x, y, BLOCK, colour) - mean(now, x, y, BLOCK, colour)) > APART;
      if ([0, 1, 2].some(isApart)) differ.push({ x, y });
    }
  return differ;
}

/** The part of the screen that has all of `blocks`: where only this text is at hand, it tells what is looked for. */
function whereabouts(blocks: { x: number; y: number }[]): string {
  const span = (places: number[]) => `${Math.min(...places) * SIDE}–${(Math.max(...places) + 1) * SIDE}`;
  return `within ${span(blocks.map(({ x }) => x))} across and ${span(blocks.map(({ y }) => y))} down`;
}

/** The mean of one colour in the square at (`x`, `y`), counted in squares of `size` points. */
function mean({ data, width }: PNG, x: number, y: number, size: number, colour: number): number {
  let sum = 0;
  for (let v = y * size; v < (y + 1) * size; v += 1)
    for (let u = x * size; u < (x + 1) * size; u += 1) sum += data[(v * width + u) * 4 + colour] ?? 0;
  return sum / size ** 2;
}
