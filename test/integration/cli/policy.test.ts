/** `greenlight policy`: files, and the tools that Greenlight knows. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { presets } from '../../../shared/policy/index.ts';
import { startBrowserHost } from '../../support/browser-host.ts';
import { runCli } from '../../support/cli.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { stdioServer } from '../../support/stdio-upstream.ts';

const document = {
  version: '1',
  default: 'deny',
  hide: ['secret'],
  costs: { luma_generate_video: 0.4 },
  all_tools: {
    limits: [{ counter: 'spend', window: 'day', max: 20, increment_from: 'cost', scope: 'all' }],
  },
  tools: {
    luma_generate_video: {
      deny_if: [{ path: 'args.callback_url', op: 'exists', value: true, on_deny: 'No webhooks.' }],
      require_approval: { timeout: '5m' },
    },
    luma_get_task: {},
    other: {},
  },
};

function fileOf(content: unknown): string {
  const file = join(temporaryFolder(), 'policy.json');
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

test('validate: each of the presets is valid', async () => {
  const files = presets.map((preset) => fileOf(preset.document));
  expect(await runCli(['policy', 'validate', ...files])).toMatchObject({
    code: 0,
    stdout: files.map((file) => `${file}: valid\n`).join(''),
    stderr: '',
  });
});

test('validate says where each fault is, and what to do, and ends with 1', async () => {
  const [good, bad] = [fileOf(document), fileOf({ ...document, tools: { x: { actoin: 'deny' } } })];
  expect(await runCli(['policy', 'validate', good, bad])).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(
      /: valid\n.*: not valid\n {2}\/tools\/x\/actoin: "actoin" is not known here; did you mean "action"\?\n$/,
    ),
  });
  const broken = fileOf('{"version": "1", "version": "1"}');
  const json = await runCli(['policy', 'validate', '--json', bad, broken]);
  expect(json.code).toBe(1);
  expect(JSON.parse(json.stdout)).toEqual([
    { file: bad, valid: false, errors: [{ pointer: '/tools/x/actoin', message: expect.any(String) }] },
    {
      file: broken,
      valid: false,
      errors: [{ pointer: '/version', message: expect.stringContaining('twice') }],
    },
  ]);
  expect(await runCli(['policy', 'validate', fileOf('{')])).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('(document): Line 1, column 2'),
  });
});

test.each([
  [
    'luma_generate_video',
    { prompt: 'A cat' },
    {
      outcome: 'ask',
      rule: '/tools/luma_generate_video/require_approval',
      cost: 0.4,
      timeoutSeconds: 300,
      argumentsChecked: true,
    },
  ],
  [
    'luma_generate_video',
    { prompt: 'A cat', callback_url: 'https://x.example' },
    { outcome: 'deny', rule: '/tools/luma_generate_video/deny_if/0', message: 'No webhooks.' },
  ],
  [
    'luma_generate_video',
    { prompt: 5 },
    { outcome: 'deny', rule: '/tools/luma_generate_video/validate_arguments' },
  ],
  ['luma_get_task', { task_id: 'x' }, { outcome: 'allow', rule: '' }],
  ['nothing', {}, { outcome: 'deny', rule: '(default deny)' }],
  ['secret', {}, { outcome: 'deny', hidden: true }],
  ['other', { anything: 1 }, { outcome: 'allow', argumentsChecked: false }],
])('try %s with %j', async (tool, args, says) => {
  const asked = [fileOf(document), '--tool', tool, '--arguments', JSON.stringify(args)];
  const json = await runCli(['policy', 'try', '--json', ...asked]);
  expect(json).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(json.stdout)).toMatchObject(says);
  const words = await runCli(['policy', 'try', ...asked]);
  expect(words.code).toBe(0);
  expect(words.stdout).toMatch(new RegExp(`^${says.outcome}: `));
  if ('rule' in says && says.rule !== '') expect(words.stdout).toContain(`  rule: ${says.rule}\n`);
});

test('try says what would be asked, and what counts', async () => {
  const { stdout } = await runCli([
    'policy',
    'try',
    fileOf(document),
    '--tool',
    'luma_generate_video',
    '--arguments',
    '{"prompt":"A cat"}',
  ]);
  expect(stdout).toBe(`ask: the person would be asked.
  rule: /tools/luma_generate_video/require_approval
  asked because: The policy asks the person before "luma_generate_video" runs.
  waits: 5 min
  cost: 0.4
  counts toward a limit: spend, 0.4 of 20 in 24 hours, past that deny
  Whether a limit is reached only a running Greenlight knows; here none is taken to be.
`);
});

describe('a policy for another server than luma', () => {
  const ofFiles = {
    version: '1',
    server: 'files',
    default: 'require_approval',
    categories: { read: {}, destructive: { action: 'deny' } },
    tools: { known_by_name: {} },
  };
  const files = { kind: 'stdio' as const, command: process.execPath, args: [stdioServer] };
  const attempt = async (home: string, tool: string, args = {}) => {
    const asked = ['policy', 'try', fileOf(ofFiles), '--home', home, '--tool', tool];
    return runCli([...asked, '--arguments', JSON.stringify(args)]);
  };

  test.each(['runs', 'was stopped'])(
    'goes by the tools that Greenlight knows, where it %s',
    async (state) => {
      const home = join(temporaryFolder(), 'data');
      await using host = await startBrowserHost({ dataDir: home });
      await host.api('servers.add', { ...files, name: 'Files', id: 'files' });
      await expect
        .poll(async () => (await host.api('upstream.tools', { server: 'files' })).tools.length)
        .toBeGreaterThan(0);
      const { tools } = await host.api('upstream.tools', { server: 'files' });
      const echo = tools.find(({ name }) => name === 'echo');
      await host.api('upstream.correctTool', {
        server: 'files',
        name: 'echo',
        digest: echo?.digest ?? '',
        category: 'read',
      });
      if (state === 'was stopped') await host.stop();
      const kept =
        state === 'runs'
          ? ''
          : '  The server’s tools are as Greenlight read them last; it does not run now, or did not answer.\n';

      // As the person says what it does.
      expect(await attempt(home, 'echo', { text: 'x' })).toMatchObject({
        code: 0,
        stdout: `allow: it would run without asking.\n  rule: (nothing forbids it)\n${kept}`,
      });
      expect((await attempt(home, 'echo', { text: 5 })).stdout).toContain(
        'rule: /tools/echo/validate_arguments',
      );
      expect((await attempt(home, 'pid')).stdout).toMatch(/^ask: .*\(default require_approval\)/s);
      expect((await attempt(home, 'known_by_name')).stdout).toContain(
        'rule: (unknown tool)\n  the agent is told: The upstream does not offer this tool.\n',
      );
    },
  );

  test('says that they are not known, where nobody knows them', async () => {
    const home = join(temporaryFolder(), 'data');
    expect(await attempt(home, 'read_file')).toMatchObject({
      code: 1,
      stdout: '',
      stderr:
        'What the policy does with "read_file" depends on what that tool does, and the tools of the server “files” are not known here. Start Greenlight and have it reach that server once, or name another data directory with --home, then try again.\n',
    });
    expect((await attempt(home, 'known_by_name', { anything: 1 })).stdout).toMatch(
      /^allow: .*not checked against the tool’s own schema: the tools of the server “files” are not known here\. Start/s,
    );
  });
});

test.each([
  [['policy'], 'Say what of policies'],
  [['policy', 'validate', '/nothing.json'], 'There is no file /nothing.json.'],
  [['policy', 'validate', '/'], '/ cannot be read: it is no plain file.'],
  [['policy', 'try', 'FILE', '--tool', 'x', '--arguments', '[]'], 'takes a JSON object'],
  [['policy', 'try', 'FILE', '--tool', 'x', '--arguments', '{'], '--arguments is not JSON'],
  [['policy', 'try', 'FILE', '--tool', 'x', '--arguments', '{"a":1,"a":2}'], 'given twice'],
  [['policy', 'try', 'FILE'], 'Missing required argument: tool.'],
])('%j is used wrong', async (args, says) => {
  const file = fileOf(document);
  const { code, stderr } = await runCli(args.map((arg) => (arg === 'FILE' ? file : arg)));
  expect(code).toBe(2);
  expect(stderr).toContain(says);
});
