/**
 * The gallery shows every component of `renderer/design/`, in Chromium, served by vite as for a person who looks
 * at it. Its pictures are in `test-results/gallery/`.
 */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright';
import { createServer, type ViteDevServer } from 'vite';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { folderOfSuite } from '../../support/folder.ts';
import { launchChromium, needsChromium, type OpenWindow, openWindow } from '../../support/window.ts';
import { inLightAndDark } from './pages.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const pictures = join(root, 'test-results', 'gallery');

describe('the gallery', needsChromium, () => {
  const folder = folderOfSuite();
  let browser: Browser;
  let server: ViteDevServer;
  let window: OpenWindow;
  let page: Page;

  beforeAll(async () => {
    server = await createServer({
      configFile: join(root, 'vite.config.ts'),
      root: join(root, 'renderer'),
      logLevel: 'error',
      cacheDir: folder(),
      // Found before the first request: what is found later is bundled anew, half-way under the page. The frame of a
      // picture, which only a host serves, gets the window here.
      optimizeDeps: { entries: ['index.html', 'design/gallery/index.html'] },
      server: { host: '127.0.0.1', port: 0, hmr: false, watch: null },
    });
    await server.listen();
    browser = await launchChromium();
    const uiUrl = `${server.resolvedUrls?.local[0]}design/gallery/`;
    window = await openWindow(
      browser,
      { ready: { ready: true, mcpUrl: '', uiUrl } },
      { reducedMotion: 'reduce', locale: 'en-US' },
    );
    page = window.page;
    rmSync(pictures, { recursive: true, force: true });
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  beforeEach(async () => {
    await page.reload();
    await page.getByRole('heading', { level: 1 }).waitFor();
  });
  afterEach(() => expect(window.problems.splice(0)).toEqual([]));

  const button = (name: string) => page.getByRole('button', { name, exact: true });
  const dialog = (name: string) => page.getByRole('dialog', { name });

  /** Takes a picture in light and in dark, and expects that axe finds nothing in `part` of the page. */
  async function look(name: string, part?: string): Promise<void> {
    await inLightAndDark(page, async (colorScheme) => {
      await page.screenshot({
        path: join(pictures, `${name}-${colorScheme}.png`),
        fullPage: part === undefined,
      });
      expect(await window.violations(part), colorScheme).toEqual([]);
    });
  }

  it('shows every component of design/', async () => {
    const { exported, shown } = await components(page);
    const all = new Set(shown);
    for (const menu of ['Things to do', 'One of several']) {
      await button(menu).click();
      await page.getByRole('menu').waitFor();
      for (const name of (await components(page)).shown) all.add(name);
      await page.keyboard.press('Escape');
    }
    for (const opens of ['Open a small dialog', 'Ask', 'Open an address', 'Rename']) {
      await button(opens).click();
      await page.getByRole('dialog').waitFor();
      for (const name of (await components(page)).shown) all.add(name);
      await page.keyboard.press('Escape');
    }
    expect(exported).toContain('button.tsx Button');
    expect(exported.filter((name) => !all.has(name))).toEqual([]);
  });

  it('shows what stands on the page', async () => {
    await page.getByText('Loading the videos…').waitFor();
    await look('page');
  });

  it('shows menus', async () => {
    for (const name of ['Things to do', 'One of several']) {
      await button(name).click();
      await page.getByRole('menu').waitFor();
      await look(`menu-${name.toLowerCase().replaceAll(' ', '-')}`, '[role=menu]');
      await page.keyboard.press('Escape');
    }
  });

  it('shows a tooltip', async () => {
    await button('Point at me').hover();
    await page.getByRole('tooltip').waitFor();
    await look('tooltip', '[data-radix-popper-content-wrapper]');
  });

  it('shows dialogs in three sizes', async () => {
    for (const size of ['small', 'medium', 'large']) {
      await button(`Open a ${size} dialog`).click();
      await dialog(`A ${size} dialog`).waitFor();
      await look(`dialog-${size}`, '[role=dialog]');
      await page.keyboard.press('Escape');
    }
  });

  it('shows a question whose answer is carried out, fails, or takes its time', async () => {
    const question = dialog('Revoke Cursor?');
    const answer = question.getByRole('button', { name: 'Revoke' });
    await button('Ask').click();
    await answer.click();
    await question.waitFor({ state: 'detached' });
    await button('Ask, and fail').click();
    await answer.click();
    await question.getByRole('alert').getByText('Greenlight does not answer.').waitFor();
    await look('question-failed', '[role=dialog]');
    await page.keyboard.press('Escape');
    await button('Ask, and wait').click();
    await answer.click();
    await look('question-waiting', '[role=dialog]');
  });

  it('shows toasts', async () => {
    await button('Say it, with Undo').click();
    await button('Say that it failed').click();
    // They stay for as long as they are pointed at.
    await page.getByRole('listitem').filter({ hasText: 'The guard mode was not changed.' }).hover();
    await look('toasts', '[role=region] ol');
  });
});

const modules = readdirSync(join(root, 'renderer/design')).filter((file) => file.endsWith('.tsx'));

/**
 * The components that the modules of `design/` export (`menu.tsx MenuItem`), and which of them the page shows
 * now: asked of the modules themselves, and of what React has rendered.
 */
function components(page: Page): Promise<{ exported: string[]; shown: string[] }> {
  return page.evaluate(`(async () => {
    const exported = new Map();
    for (const file of ${JSON.stringify(modules)}) {
      for (const [name, value] of Object.entries(await import('/design/' + file))) {
        const wrapped = /memo|forward_ref/.test(value?.$$typeof?.description);
        if (/^[A-Z]/.test(name) && (typeof value === 'function' || wrapped)) exported.set(value, file + ' ' + name);
      }
    }
    const rendered = new Set();
    const visit = (fiber) => {
      for (; fiber !== null; fiber = fiber.sibling) {
        rendered.add(fiber.elementType);
        visit(fiber.child);
      }
    };
    const root = document.getElementById('main');
    const key = Object.keys(root).find((name) => name.startsWith('__reactContainer$'));
    visit(root[key].stateNode.current);
    return {
      exported: [...exported.values()],
      shown: [...exported].filter(([value]) => rendered.has(value)).map(([, name]) => name),
    };
  })()`);
}
