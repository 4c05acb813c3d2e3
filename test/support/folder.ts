import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, onTestFinished } from 'vitest';

const make = () => mkdtempSync(join(tmpdir(), 'greenlight-test-'));
const remove = (folder: string) => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });

/** A new, empty folder for the test that runs; it goes once the test and its hooks have ended. */
export function temporaryFolder(): string {
  const folder = make();
  onTestFinished(() => remove(folder));
  return folder;
}

/**
 * For a suite: a folder that its tests share, there from its hooks on and gone after them. None is made for a suite
 * that is skipped.
 */
export function folderOfSuite(): () => string {
  let folder: string;
  beforeAll(() => {
    folder = make();
  });
  afterAll(() => remove(folder));
  return () => folder;
}
