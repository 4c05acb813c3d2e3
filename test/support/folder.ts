import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A new, empty folder for the test that runs; it goes once the test and its hooks have ended. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'greenlight-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}
