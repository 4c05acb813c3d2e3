/**
 * Draws every icon from build/icon.svg: `node scripts/icons.ts`. The results are committed; electron-builder
 * makes .icns and .ico of the large ones itself. Needs a Chromium (CHROMIUM, by default /usr/bin/chromium).
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Page } from 'playwright';

const root = fileURLToPath(new URL('..', import.meta.url));
const tray = join(root, 'build/tray');

/** Pixels of a tray icon at scale 1: what macOS (up to 22 points high) and the other panels ask for. */
const TRAY_SIZE = { mac: 18, other: 24 };

/** Panel and state colours; contrast of at least 3:1 with the panel (WCAG 1.4.11). */
const shades = {
  light: { ink: '#202421', on: '#12804c', allowing: '#a85c00', blocked: '#c1272d', unreachable: '#6f7571' },
  dark: { ink: '#f4f6f4', on: '#4fd698', allowing: '#ffb547', blocked: '#ff7a75', unreachable: '#a3aaa5' },
} as const;

type Colours = { ink: string; accent?: string; onAccent?: string };

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium' });
try {
  const page = await browser.newPage();
  await page.setContent(
    `<!doctype html><style>html,body{margin:0;background:none}svg{display:block}</style>${await readFile(join(root, 'build/icon.svg'), 'utf8')}`,
  );
  await rm(tray, { recursive: true, force: true });
  await mkdir(tray, { recursive: true });
  for (const kind of ['on', 'waiting', 'allowing', 'blocked', 'unreachable']) {
    await drawScales(page, kind, { ink: '#000' }, TRAY_SIZE.mac, `${kind}Template`);
  }
  for (const [shade, colours] of Object.entries(shades)) {
    for (const kind of ['on', 'allowing', 'blocked', 'unreachable'] as const) {
      await drawScales(
        page,
        kind,
        { ink: colours.ink, accent: colours[kind] },
        TRAY_SIZE.other,
        `${kind}-${shade}`,
      );
    }
    const counting = {
      ink: colours.ink,
      accent: colours.on,
      onAccent: shade === 'light' ? '#fff' : '#06170e',
    };
    for (const count of [1, 2, 3, 4, 5, 6, 7, 8, 9, 'many']) {
      const text = count === 'many' ? '9+' : String(count);
      await drawScales(page, 'waiting-count', counting, TRAY_SIZE.other, `waiting-${count}-${shade}`, text);
    }
  }
  await writeFile(join(root, 'build/icon.png'), await draw(page, 'app', { ink: '#000' }, 1024));
  // The largest that icon themes of Linux know.
  await writeFile(join(root, 'build/icon-linux.png'), await draw(page, 'app', { ink: '#000' }, 512));
  // Apple's grid leaves a tenth of the icon free on each side.
  await writeFile(join(root, 'build/icon-mac.png'), await draw(page, 'app', { ink: '#000' }, 1024, 100));
} finally {
  await browser.close();
}

async function drawScales(page: Page, kind: string, colours: Colours, size: number, name: string, text = '') {
  await writeFile(join(tray, `${name}.png`), await draw(page, kind, colours, size, 0, text));
  await writeFile(join(tray, `${name}@2x.png`), await draw(page, kind, colours, 2 * size, 0, text));
}

/** The group `kind` as a square PNG of `size` pixels with `margin` pixels free on each side. */
async function draw(
  page: Page,
  kind: string,
  colours: Colours,
  size: number,
  margin = 0,
  text = '',
): Promise<Buffer> {
  await page.setViewportSize({ width: size, height: size });
  await page.evaluate(
    ({ kind, colours, size, margin, text }) => {
      const { document } = globalThis as unknown as { document: DocumentLike };
      const svg = document.querySelector('svg');
      const side = size - 2 * margin;
      svg.setAttribute(
        'style',
        `width:${side}px;height:${side}px;margin:${margin}px;color:${colours.ink};--accent:${colours.accent ?? 'currentColor'};--on-accent:${colours.onAccent ?? '#fff'}`,
      );
      for (const group of svg.querySelectorAll('g'))
        group.style.display = group.id === kind ? 'inline' : 'none';
      const label = svg.querySelector('text');
      label.textContent = text;
      label.setAttribute('font-size', text.length > 1 ? '18' : '23');
    },
    { kind, colours, size, margin, text },
  );
  return page.screenshot({ omitBackground: true });
}

/** The little of the DOM that is used in the page. */
interface ElementLike {
  id: string;
  textContent: string;
  style: { display: string };
  setAttribute(name: string, value: string): void;
  querySelector(selector: string): ElementLike;
  querySelectorAll(selector: string): Iterable<ElementLike>;
}
type DocumentLike = ElementLike;
