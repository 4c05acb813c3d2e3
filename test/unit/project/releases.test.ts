/** What release-please reads, and what it calls. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const workflows = readdirSync(join(root, '.github/workflows'));
const workflow = (name: string) => parse(read(`.github/workflows/${name}`));

/** Of its options, those that are used. */
const config = z.strictObject({
  $schema: z.url(),
  'bootstrap-sha': z.string().regex(/^[0-9a-f]{40}$/),
  packages: z.strictObject({
    '.': z.strictObject({
      'release-type': z.literal('node'),
      'include-component-in-tag': z.literal(false),
      draft: z.literal(true),
      // A draft alone has no tag, and the release is built from its tag.
      'force-tag-creation': z.literal(true),
      'changelog-sections': z.array(z.strictObject({ type: z.string(), section: z.string() })),
    }),
  }),
});

describe('the version', () => {
  const { version } = JSON.parse(read('package.json'));

  test('is the same wherever it is written', () => {
    config.parse(JSON.parse(read('release-please-config.json')));
    expect(JSON.parse(read('.release-please-manifest.json'))).toEqual({ '.': version });
    const lock = JSON.parse(read('package-lock.json'));
    expect([lock.version, lock.packages[''].version]).toEqual([version, version]);
  });

  test('is the newest in the changelog, which has no part that the next one would pass by', () => {
    const headings = read('CHANGELOG.md').match(/^## .*$/gm) ?? [];
    expect(headings[0]).toMatch(/^## \[?\d+\.\d+\.\d+\b/);
    expect(headings[0]).toContain(version);
    expect(headings.join('\n')).not.toMatch(/unreleased/i);
  });
});

describe('workflows', () => {
  test.each(workflows)('%s pins each action by a digest and says which version that is', (name) => {
    const uses = read(`.github/workflows/${name}`).match(/\buses: .*$/gm) ?? [];
    expect(uses).not.toEqual([]);
    for (const line of uses) {
      expect(line).toMatch(/^uses: (\.\/\S+|[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$/);
    }
  });

  test('a merged release has its files built from its tag', () => {
    const { jobs } = workflow('release-please.yml');
    expect(jobs.files).toMatchObject({
      needs: 'release-please',
      uses: './.github/workflows/release.yml',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the language of workflows.
      with: { tag: '${{ needs.release-please.outputs.tag }}' },
    });
    expect(Object.keys(jobs['release-please'].outputs)).toContain('tag');
    expect(workflow('release.yml').on.workflow_call.inputs.tag).toMatchObject({ required: true });
  });
});
