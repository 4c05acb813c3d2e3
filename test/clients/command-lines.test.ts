/**
 * The agents' command lines as npm serves them read what Connect wrote, and connect: `npm run test:clients`. No part of
 * `npm test`: they are 1.4 GB, and others change them. What came of it stands in docs/clients.md.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BrowserHost, startBrowserHost } from '../support/browser-host.ts';
import { POSIX } from '../support/mode.ts';
import { needsAll, skipUnless } from '../support/skip.ts';
import { until } from '../support/wait.ts';

interface CommandLine {
  target: string;
  package: string;
  command: string;
  /** What it is asked about its MCP servers, and what it has to say. */
  asked: string[];
  says: RegExp;
  /** What makes it connect, where being asked does not: a prompt, for a model that is nowhere. */
  prompted?: { args: string[]; env: Record<string, string> };
  /** As what its MCP client comes. */
  comesAs: string;
  /** What the person has to have done before. */
  before?(home: string, folder: string): void;
}

/** Nothing listens there. */
const NOWHERE = 'http://127.0.0.1:9/v1';

const COMMAND_LINES: CommandLine[] = [
  {
    target: 'claude-code',
    package: '@anthropic-ai/claude-code',
    command: 'claude',
    asked: ['mcp', 'list'],
    says: /^greenlight: (\S+) \(HTTP\) - . Connected$/m,
    comesAs: 'claude-code',
  },
  {
    target: 'gemini-cli',
    package: '@google/gemini-cli',
    command: 'gemini',
    asked: ['mcp', 'list'],
    says: /greenlight: (\S+) \(http\) - Connected$/m,
    comesAs: 'mcp-test-client',
    before(home, folder) {
      mkdirSync(join(home, '.gemini'), { recursive: true });
      writeFileSync(
        join(home, '.gemini', 'trustedFolders.json'),
        JSON.stringify({ [folder]: 'TRUST_FOLDER' }),
      );
    },
  },
  {
    target: 'codex',
    package: '@openai/codex',
    command: 'codex',
    asked: ['mcp', 'get', 'greenlight'],
    says: /^ {2}url: (\S+)$[\s\S]*^ {2}http_headers: Authorization=/m,
    prompted: {
      args: [
        ...['exec', '--skip-git-repo-check', '-c', 'model_provider="nowhere"', '-c'],
        ...[`model_providers.nowhere={name="nowhere",base_url="${NOWHERE}"}`, 'hello'],
      ],
      env: {},
    },
    comesAs: 'codex-mcp-client',
  },
  {
    target: 'copilot-cli',
    package: '@github/copilot',
    command: 'copilot',
    asked: ['mcp', 'get', 'greenlight'],
    says: /^ {2}URL: (\S+)\n {2}Headers:\n {4}Authorization: .*\n {2}Tools: \* \(all\)$/m,
    prompted: {
      args: ['-p', 'hello', '--allow-all-tools'],
      env: {
        COPILOT_PROVIDER_BASE_URL: NOWHERE,
        COPILOT_PROVIDER_API_KEY: 'none',
        COPILOT_MODEL: 'none',
        COPILOT_OFFLINE: 'true',
      },
    },
    comesAs: 'copilot-cli',
  },
  {
    target: 'opencode',
    package: 'opencode-ai',
    command: 'opencode',
    asked: ['mcp', 'list'],
    says: /greenlight connected\n\W+(\S+)$/m,
    comesAs: 'opencode',
  },
  {
    target: 'qwen-code',
    package: '@qwen-code/qwen-code',
    command: 'qwen',
    asked: ['mcp', 'list'],
    says: /greenlight: (\S+) \(http\) - Connected$/m,
    comesAs: 'mcp-test-client',
  },
];

/** Where they are installed: kept, so that the next run has them. Remove it for the newest ones. */
const INSTALLED =
  process.env.GREENLIGHT_CLIENTS ??
  fileURLToPath(new URL('../../node_modules/.cache/clients', import.meta.url));
const BIN = join(INSTALLED, 'node_modules', '.bin');

let host: BrowserHost;
let home: string;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'clients-'));
  host = await startBrowserHost({ env: { HOME: home } });
});

afterAll(async () => {
  await host.stop();
  for (const line of report) process.stdout.write(`${line}\n`);
  rmSync(home, { recursive: true, force: true, maxRetries: 5 });
});

/** Rows for docs/clients.md. */
const report: string[] = [];

for (const cli of COMMAND_LINES)
  test(`${cli.command} reads what Connect wrote and connects`, needs(cli), async () => {
    const folder = mkdtempSync(join(home, 'project-'));
    cli.before?.(home, folder);
    const { clientId } = await host.api('connect.apply', { target: cli.target });
    const seen = async () => {
      const { clients } = await host.api('clients.list');
      return clients.find(({ id }) => id === clientId);
    };
    expect(await todoOf(cli.target), 'what is left to do is said').toBeDefined();

    const { said, ended } = run(cli, cli.asked, folder);
    await ended;
    expect(said()).toMatch(cli.says);
    expect(cli.says.exec(said())?.[1], said()).toBe(host.ready.mcpUrl);

    if (cli.prompted) {
      const prompted = run(cli, cli.prompted.args, folder, cli.prompted.env);
      await until(
        async () => (await seen())?.name !== undefined,
        () => `${cli.command} never came: ${prompted.said()}`,
      );
      prompted.kill();
      await prompted.ended;
    }
    expect(await seen()).toMatchObject({ name: cli.comesAs });
    expect(await todoOf(cli.target), 'nothing is left to do').toBeUndefined();
    const shown = said()
      .split('\n')
      .filter((line) => /greenlight|http|Authorization|Tools/.test(line));
    report.push(
      `| ${cli.command} ${versionOf(cli)} | ${shown.map((line) => line.trim()).join(' / ')} | ${cli.comesAs} |`,
    );
  });

/** What Connect says that the person has still to do. */
async function todoOf(target: string): Promise<string | undefined> {
  const { targets } = await host.api('connect.targets');
  return targets.find(({ id }) => id === target)?.todo;
}

/** Runs it as the person would in `folder`: in their home, with an environment that has nothing else. */
function run({ command }: CommandLine, args: string[], folder: string, env: Record<string, string> = {}) {
  const child = spawn(join(BIN, command), args, {
    cwd: folder,
    env: {
      HOME: home,
      PATH: [dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin'].join(delimiter),
      TERM: 'dumb',
      NO_COLOR: '1',
      CI: '1',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    // With a group of its own: what it started ends with it.
    detached: true,
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
  const kill = () => {
    try {
      process.kill(-(child.pid as number), 'SIGKILL');
    } catch {
      // It has ended.
    }
  };
  process.on('exit', kill);
  const ended = once(child, 'close').finally(() => process.off('exit', kill));
  return { said: () => stripVTControlCharacters(text), ended, kill };
}

function versionOf({ package: name }: CommandLine): string {
  const { version } = JSON.parse(
    readFileSync(join(INSTALLED, 'node_modules', name, 'package.json'), 'utf8'),
  ) as { version: string };
  return version;
}

/** Installs it, unless it is there; what cannot be had is skipped. */
function needs({ command, package: name }: CommandLine) {
  if (!POSIX) return skipUnless(false, 'the command lines are started as Linux and macOS start them');
  if (!existsSync(join(BIN, command))) {
    mkdirSync(INSTALLED, { recursive: true });
    const asked = ['install', '--no-audit', '--no-fund', '--prefix', INSTALLED, name];
    const { stderr, error } = spawnSync('npm', asked, { encoding: 'utf8' });
    if (!existsSync(join(BIN, command)))
      return skipUnless(false, `npm could not install ${name}: ${(error?.message ?? stderr).slice(-300)}`);
  }
  return needsAll();
}
