/**
 * Run by npm after an install: lets git use .githooks. Plain JavaScript, because the machine's own Node may run it.
 * Does nothing in an unpacked archive, or where hooks are kept elsewhere already, and never fails an install.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

// Only at the top of a work tree: further up, the hooks would be those of another project.
if (existsSync('.git')) {
  const kept = spawnSync('git', ['config', 'core.hooksPath']);
  // 1: not set. Without git there is no status.
  if (kept.status === 1) spawnSync('git', ['config', 'core.hooksPath', '.githooks']);
}
