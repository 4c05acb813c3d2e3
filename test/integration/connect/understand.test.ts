/** What is understood of a client's servers, and what is refused with the reason. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkTyped } from '../../../main/connect/typed.ts';
import { understand } from '../../../main/connect/understand.ts';
import { variablesNamed, withVariables } from '../../../shared/argument-variable.ts';
import { hideInAddress, hideSecrets } from '../../../shared/hide-secrets.ts';
import type { JsonObject } from '../../../shared/json.ts';
import { UserFacingError } from '../../../shared/user-facing-error.ts';
import { createHome } from './home.ts';

const secret = 'sk-0123456789abcdef0123';
/** One that looks like nothing. */
const pin = 'tr0ub4';
const random = 'q7Rk2mZp9Xw4Lt6Vb8Nc3Hs5';
/** Base64, which may look like a path. */
const base64 = '/bPxRfi+CYEXAMPLEKEY/wJalrXUtnFEMI/K7MDENGab';
const env = {
  HOME: '/home/me',
  PWD: '/of/greenlight',
  GITHUB_TOKEN: secret,
  REGION: 'eu',
  PIN: pin,
  API_TOKEN: base64,
  SEED: base64,
  PLAIN_SEED: base64.replace('+', ''),
  PADDED: '/srv/data==',
  SIGNING_KEY: '/srv/x',
  WORK: '/Users/AnnaMueller2000/Documents/GitHub',
};

function understood(value: JsonObject, more: { project?: string; plainUrlIsSse?: boolean } = {}) {
  const { project, plainUrlIsSse = false } = more;
  const server = { at: ['mcpServers', 'x'], name: 'x', value, ...(project && { project }) };
  return understand(server, { plainUrlIsSse }, { home: '/home/me', env });
}
const stdio = (command: string, args: string[] = [], more: object = {}) => ({
  kind: 'stdio',
  command,
  args,
  envNames: [],
  ...more,
});

describe('what is understood', () => {
  test.each<[string, JsonObject, object, object]>([
    [
      'a command',
      { command: 'npx', args: ['-y', 'files', '/srv'] },
      stdio('npx', ['-y', 'files', '/srv']),
      {},
    ],
    [
      'a command with variables',
      { command: 'uvx', args: ['git'], env: { TOKEN: secret, PORT: 80 } },
      stdio('uvx', ['git'], { envNames: ['PORT', 'TOKEN'] }),
      { env: { TOKEN: secret, PORT: '80' } },
    ],
    [
      'a variable of the environment',
      { command: 'uvx', args: ['git'], env: { TOKEN: `\${env:GITHUB_TOKEN}` } },
      stdio('uvx', ['git'], { envNames: ['TOKEN'] }),
      { env: { TOKEN: secret } },
    ],
    [
      'Gemini’s and opencode’s variables',
      { command: ['uvx', 'git'], environment: { A: '$REGION', B: '{env:REGION}' } },
      stdio('uvx', ['git'], { envNames: ['A', 'B'] }),
      { env: { A: 'eu', B: 'eu' } },
    ],
    [
      'variables that Codex passes on',
      { command: 'uvx', env_vars: ['REGION'] },
      stdio('uvx', [], { envNames: ['REGION'] }),
      { env: { REGION: 'eu' } },
    ],
    [
      'Zed’s command, with its variables',
      { command: { path: 'uvx', args: ['git'], env: { TOKEN: secret } } },
      stdio('uvx', ['git'], { envNames: ['TOKEN'] }),
      { env: { TOKEN: secret } },
    ],
    [
      'the home folder',
      { command: '~/bin/files', args: [`\${userHome}/Desktop`, `\${env:HOME}/x`] },
      stdio('/home/me/bin/files', ['/home/me/Desktop', '/home/me/x']),
      {},
    ],
    [
      'Docker, whose variables go to the vault',
      {
        command: 'docker',
        args: [
          'run',
          '-i',
          '--rm',
          '-e',
          `A=${secret}`,
          '-v',
          '/a:/b',
          '--env=B=2',
          '-e',
          'C',
          'img',
          '-e',
          'D',
        ],
        env: { C: secret },
      },
      stdio(
        'docker',
        ['run', '-i', '--rm', '-e', 'A', '-v', '/a:/b', '--env=B', '-e', 'C', 'img', '-e', 'D'],
        {
          envNames: ['A', 'B', 'C'],
        },
      ),
      { env: { A: secret, B: '2', C: secret } },
    ],
    [
      'Docker, whose variables may come from the environment',
      {
        command: 'docker',
        args: ['run', '-e', `A=\${env:PIN}`, '--env=B=$REGION', 'img'],
        env: { A: 'other' },
      },
      stdio('docker', ['run', '-e', 'A', '--env=B', 'img'], { envNames: ['A', 'B'] }),
      { env: { A: pin, B: 'eu' } },
    ],
    ...['PATH', 'HOME', 'TMPDIR', 'https_proxy', 'NO_PROXY', 'ALL_PROXY']
      .concat(
        ['DOCKER_HOST', 'XDG_CONFIG_HOME', 'LD_PRELOAD', 'DYLD_INSERT_LIBRARIES', 'CONTAINERS_CONF'],
        ['CONTAINER_HOST', 'SSL_CERT_FILE', 'SSH_AUTH_SOCK'],
      )
      .map((name): [string, JsonObject, object, object] => [
        `the container’s ${name}, which would be another thing for Docker itself`,
        { command: 'podman', args: ['run', '-e', `${name}=/x/y`, `-e${name}=z`, '-e', 'SSH_KEY=1', 'img'] },
        stdio('podman', ['run', '-e', `${name}=/x/y`, `-e${name}=z`, '-e', 'SSH_KEY', 'img'], {
          envNames: ['SSH_KEY'],
        }),
        { env: { SSH_KEY: '1' } },
      ]),
    [
      'a variable that is only a path',
      { command: `\${env:HOME}/bin/x`, args: ['--in=%HOME%', '{env:HOME}/y'], cwd: `\${HOME}` },
      stdio('/home/me/bin/x', ['--in=/home/me', '/home/me/y'], { cwd: '/home/me' }),
      {},
    ],
    [
      'one as a shell has it',
      { command: '$HOME/bin/x', args: ['$HOME/a', '--in=$WORK/b', 'x$HOME/c', '-v', '$WORK/d:/d'] },
      stdio('/home/me/bin/x', ['/home/me/a', `--in=${env.WORK}/b`, 'x$HOME/c', '-v', `${env.WORK}/d:/d`]),
      {},
    ],
    [
      'a secret that only looks like one',
      { command: 'npx', env: { KEY: '$ab/cd', PATH_TO: '$HOME/x' } },
      stdio('npx', [], { envNames: ['KEY', 'PATH_TO'] }),
      { env: { KEY: '$ab/cd', PATH_TO: '/home/me/x' } },
    ],
    [
      'one with capitals and digits in it',
      { command: 'npx', args: ['files', `\${WORK}/Project2/x`] },
      stdio('npx', ['files', '/Users/AnnaMueller2000/Documents/GitHub/Project2/x']),
      {},
    ],
    [
      'what is written out where a variable is not set',
      { command: 'uvx', args: [`\${NOPE:-eu}`] },
      stdio('uvx', ['eu']),
      {},
    ],
    [
      'a shell’s variable that the entry sets',
      { command: 'sh', args: ['-c', 'run --with $PIN'], env: { PIN: `\${env:PIN}` } },
      stdio('sh', ['-c', 'run --with $PIN'], { envNames: ['PIN'] }),
      { env: { PIN: pin } },
    ],
    [
      'names, paths and versions that are long',
      {
        command: '/nix/store/zsnvqyv1xiwgkxpzgb3xl0dqsvqv5xkc-nodejs-24.1.0/bin/node',
        args: [
          '/nix/store/zsnvqyv1xiwgkxpzgb3xl0dqsvqv5xkc-files/index.js',
          '--in=/home/me/q7Rk2mZp9Xw4Lt6Vb8Nc3Hs5/x',
          '@modelcontextprotocol/server-sequential-thinking-2025@2025.12.18',
          'ghcr.io/acme/tools@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
          'git+https://github.com/acme/tools@2fd4e1c67a2d28fced849ee1bb76e7391b93eb12',
          '0b5a7c9e-1f5a-4f0e-9d0b-2f9a4c1d7e60',
          'github:acme/tools#2fd4e1c67a2d28fced849ee1bb76e7391b93eb12',
          'mcp-server-recommendation-internationalized-2',
          '--in=Documents/GitHub/my-mcp-server2/MyTools/dist/index',
          '@Acme/Mcp-Server-For-Many-Things2@1.20.300-beta.4',
          'C:\\Users\\q7Rk2mZp9Xw4Lt6Vb8Nc3Hs5\\x',
          '--tenantId=72f988bf-86f1-41ab-91ab-2d7cd011db47',
          '--tenant=72F988BF-86F1-41AB-91AB-2D7CD011DB47',
          'github.com/acme/files-server@2fd4e1c67a2d28fced849ee1bb76e7391b93eb12',
          'acme/tools#2fd4e1c67a2d28fced849ee1bb76e7391b93eb12',
          'https://github.com/acme/tools.git#2fd4e1c67a2d28fced849ee1bb76e7391b93eb12',
          'arn:aws:iam::123456789012:role/MyRoleForMCPServer2',
          'https://acme.example/sites/MyTeam2024/SitePages/McpV2',
          'src/MyProject/FooBar2/BazServer',
          '/Users/jo/Library/Mobile Documents/com~apple~CloudDocs/MyVault2024/SubDirA1/B2',
          '@aws-cdk/aws-elasticloadbalancingv2-actions',
          'modelcontextprotocol-server-v2',
          'sketch-context-mcp',
          'ghost-mcp-server',
          '/Users/jo/pkce-challenge/skills-for-agents',
          '/home/me/q7Rk2mZp9Xw4Lt6Vb8Nc3Hs5:/data/q7Rk2mZp9Xw4Lt6Vb8Nc3Hs5',
          '--mount',
          'type=bind,src=/Users/me/Desktop,dst=/projects/Desktop',
          'say something that is long, 2 times',
          'ghcr.io/acme/tools:2fd4e1c67a2d28fced849ee1bb76e7391b93eb12',
          'ghcr.io/acme/tools:sha-2fd4e1c67a2d28fced849ee1bb76e7391b93eb12',
          'github.com/acme/tools@v0.0.0-20250601120000-2fd4e1c67a2d',
          '@acme/tools@1.2.0-canary-20250601-2fd4e1c67a2d',
          'us.anthropic.claude-haiku-4-5-20251001-v1:0',
          'meta-llama/Llama-3.3-70B-Instruct-Turbo-Free',
          'mistralai/Mixtral-8x7B-Instruct-v0.1',
          'gpt-4o-realtime-preview-2024-12-17',
          '--project-id=my-company-prod-analytics-284712',
        ],
      },
      null as never,
      {},
    ],
    [
      'an address with a token',
      { type: 'http', url: 'https://mcp.example.com/mcp', headers: { Authorization: `Bearer ${secret}` } },
      { kind: 'http', url: 'https://mcp.example.com/mcp' },
      { token: secret },
    ],
    [
      'Codex’s token in a variable',
      { url: 'https://mcp.example.com/mcp', bearer_token_env_var: 'GITHUB_TOKEN' },
      { kind: 'http', url: 'https://mcp.example.com/mcp' },
      { token: secret },
    ],
    [
      'an address that its client signs in to',
      { url: 'https://mcp.example.com/mcp', headers: { Accept: 'application/json' } },
      { kind: 'http', url: 'https://mcp.example.com/mcp' },
      {},
    ],
    [
      'mcp-remote with a token',
      {
        command: 'npx',
        args: ['-y', 'mcp-remote@0.1.0', 'https://mcp.example.com/mcp', '--header', `Authorization:\${AUTH}`],
        env: { AUTH: `Bearer ${secret}` },
      },
      { kind: 'http', url: 'https://mcp.example.com/mcp' },
      { token: secret },
    ],
    [
      'variables that Codex passes on, in its other form',
      { command: 'uvx', env_vars: [{ name: 'REGION', source: 'local' }] },
      stdio('uvx', [], { envNames: ['REGION'] }),
      { env: { REGION: 'eu' } },
    ],
    [
      'mcp-remote with a token, which may speak the old transport, and goes on doing so',
      {
        command: 'npx',
        args: ['mcp-remote', 'https://e.example/mcp_server/sse', '--header', `Authorization:\${AUTH}`],
        env: { AUTH: `Bearer ${secret}` },
      },
      stdio('npx', ['mcp-remote', 'https://e.example/mcp_server/sse', '--header', `Authorization:\${AUTH}`], {
        envNames: ['AUTH'],
      }),
      { env: { AUTH: `Bearer ${secret}` } },
    ],
    [
      'mcp-remote with another scheme, which goes on sending it',
      {
        command: 'npx',
        args: ['mcp-remote', 'https://e.example/mcp', '--header', `Authorization: Basic ${pin}`],
      },
      stdio(
        'npx',
        ['mcp-remote', 'https://e.example/mcp', '--header', `Authorization: Basic \${env:ARG_HEADER}`],
        { envNames: ['ARG_HEADER'] },
      ),
      { env: { ARG_HEADER: pin } },
    ],
    [
      'mcp-remote that signs in by itself, which goes on doing so',
      { command: 'npx', args: ['mcp-remote', 'https://mcp.example.com/sse'] },
      stdio('npx', ['mcp-remote', 'https://mcp.example.com/sse']),
      {},
    ],
  ])('%s', (_, value, upstream, secrets) => {
    // Without one: all is kept as it is written.
    const { command, args } = value;
    expect(understood(value)).toEqual({
      upstream: upstream ?? stdio(command as string, args as string[]),
      secrets,
    });
  });

  test.each<[string, JsonObject, object]>([
    ['a script', { command: 'node', args: ['./server.js', '.'] }, ['/p/server.js', '/p']],
    ['a script without dots', { command: 'python', args: ['server.py'] }, ['server.py']],
    ['its folder', { command: 'npx', args: ['files', `\${workspaceFolder:a}/b`] }, ['files', '/p/b']],
  ])('in a project: %s', (_, value, args) => {
    const known = understood(value, { project: '/p' });
    expect(known).toMatchObject({ upstream: { args } });
  });

  test('a project’s server is started in its folder where that matters', () => {
    const of = (value: JsonObject) => understood(value, { project: '/p' });
    expect(of({ command: 'node', args: ['./a.js'] })).toMatchObject({ upstream: { cwd: '/p' } });
    expect(of({ command: 'bin/run' })).toMatchObject({ upstream: { command: '/p/bin/run', cwd: '/p' } });
    expect(of({ command: 'npm', args: ['start'] })).toMatchObject({ upstream: { cwd: '/p' } });
    expect(of({ command: 'npx', args: ['-y', 'x'], cwd: 'sub' })).toMatchObject({
      upstream: { cwd: '/p/sub' },
    });
    expect(of({ command: 'npx', args: ['-y', 'x'] })).not.toHaveProperty('upstream.cwd');
    expect(understood({ command: 'node', args: ['a.js'], cwd: '/abs' })).toEqual({
      upstream: stdio('node', ['a.js'], { cwd: '/abs' }),
      secrets: {},
    });
  });

  test('a file of variables is read', () => {
    const home = createHome();
    const envFile = home.write('.env', `TOKEN="${secret}"\n# none\nREGION=us\n`);
    expect(understood({ command: 'uvx', envFile, env: { REGION: 'asia' } })).toEqual({
      upstream: stdio('uvx', [], { envNames: ['REGION', 'TOKEN'] }),
      secrets: { env: { TOKEN: secret, REGION: 'asia' } },
    });
  });
});

/** A command line as it would be typed: words without spaces. */
const line = (text: string): { command: string; args: string[] } => {
  const [command = '', ...args] = text.split(' ');
  return { command, args };
};

describe('what depends on the folder that a program is started in', () => {
  const dependent: [string, string, string?][] = [
    [
      'npx -y @modelcontextprotocol/server-filesystem docs',
      'docs',
      '-y @modelcontextprotocol/server-filesystem /p/docs',
    ],
    ['npx @modelcontextprotocol/server-filesystem@1.2.3 Documents Desktop', 'Documents'],
    ['npx -y @modelcontextprotocol/server-filesystem /abs Desktop', 'Desktop'],
    ['cmd /c npx -y @modelcontextprotocol/server-filesystem Desktop', 'Desktop'],
    ['mcp-server-filesystem docs', 'docs'],
    [
      'uvx mcp-server-git --repository path/to/repo',
      'path/to/repo',
      'mcp-server-git --repository /p/path/to/repo',
    ],
    ['uvx mcp-server-git --repository mine', 'mine'],
    ['python -m mcp_server_git -r my/repo', 'my/repo'],
    ['uvx mcp-server-sqlite --db-path x.db', 'x.db', 'mcp-server-sqlite --db-path /p/x.db'],
    ['uvx mcp-server-sqlite --db-path ./x.db', './x.db', 'mcp-server-sqlite --db-path /p/x.db'],
    ['uvx mcp-server-sqlite --db-path data/x', 'data/x'],
    ['npx -y srv --config=config.json', '--config=config.json', '-y srv --config=/p/config.json'],
    ['npx -y srv --config conf/config.json', 'conf/config.json', '-y srv --config /p/conf/config.json'],
    ['npx -y srv --config conf/config', 'conf/config'],
    ['npx -y srv --config=../config', '--config=../config', '-y srv --config=/config'],
    ['npx -y srv --userDataDir=chrome/one', '--userDataDir=chrome/one'],
    ['npx -y srv --allow=./a,./b', '--allow=./a,./b', '-y srv --allow=./a,./b'],
    ['npx -y srv -f openapi.yaml', 'openapi.yaml'],
    ['npx -y srv --project-root src/app', 'src/app'],
    ['npx -y srv .config/x', '.config/x'],
    ['npx -y srv --dsn sqlite:///./x.db', 'sqlite:///./x.db'],
    ['node --env-file=.env /abs/x.js', '--env-file=.env', '--env-file=/p/.env /abs/x.js'],
    ['node build/server', 'build/server', 'build/server'],
    ['node --watch --env-file=/abs/.env build/server', 'build/server'],
    ['python -u src/server', 'src/server'],
    ['bash scripts/start', 'scripts/start', 'scripts/start'],
    [
      'java -cp target/classes:lib/x.jar Main',
      'target/classes:lib/x.jar',
      '-cp target/classes:lib/x.jar Main',
    ],
    ['npx -y tsx src/server.ts', 'src/server.ts', '-y tsx src/server.ts'],
    ['uvx fastmcp run server.py', 'server.py'],
    ['uv run --with mcp mcp run server.py', 'server.py'],
    ['uv run --project /abs weather.py', 'weather.py', 'run --project /abs weather.py'],
    ['uv --directory weather run weather.py', 'weather', '--directory /p/weather run weather.py'],
    ['go run cmd/main.go', 'cmd/main.go'],
    ['pnpm --filter ./packages/mcp start', './packages/mcp', '--filter ./packages/mcp start'],
    ['docker --log-level error run -v ./a:/b img', './a:/b', '--log-level error run -v /p/a:/b img'],
    ['docker run -itv ./a:/b img', './a:/b', 'run -itv /p/a:/b img'],
    ['dotnet run --project src/Server', 'src/Server', 'run --project /p/src/Server'],
    ['dotnet run --project=Server', '--project=Server'],
    ['cargo run --manifest-path tools/Cargo.toml', 'tools/Cargo.toml'],
    ['docker run -i -v .:/x img', '.:/x', 'run -i -v /p:/x img'],
    ['docker run -v./a:/x img', '-v./a:/x', 'run -v/p/a:/x img'],
    ['docker run -v $(pwd):/x img', '$(pwd):/x', 'run -v /p:/x img'],
    ['docker run --volume=$(pwd)/a:/x:ro img', '--volume=$(pwd)/a:/x:ro', 'run --volume=/p/a:/x:ro img'],
    ['docker run -v data/x:/x img', 'data/x:/x', 'run -v /p/data/x:/x img'],
    ['docker run --env-file .env img', '.env', 'run --env-file /p/.env img'],
    [
      'docker run --mount type=bind,src=./data,dst=/x img',
      'type=bind,src=./data,dst=/x',
      'run --mount type=bind,src=/p/data,dst=/x img',
    ],
    ['podman run --mount=type=bind,source=data,target=/x img', '--mount=type=bind,source=data,target=/x'],
    ['docker compose -f compose.yaml run srv', 'compose.yaml'],
  ];
  test.each(dependent)('%s', (text, word, inProject) => {
    expect(understood(line(text))).toEqual({
      refused: expect.stringContaining(
        `“${word}” in its command line is relative, and this entry is for all`,
      ),
    });
    const known = understood(line(text), { project: '/p' });
    expect(known).toMatchObject({ upstream: { cwd: '/p' } });
    if (inProject !== undefined) expect(known).toMatchObject({ upstream: { args: inProject.split(' ') } });
  });

  test.each([
    'npx -y @modelcontextprotocol/server-filesystem /abs ~/Desktop C:\\Users\\me',
    'npx -y @modelcontextprotocol/server-github',
    'npx -y github:owner/repo',
    'npx -y owner/repo',
    'npx -y chart.js',
    'npx -p @scope/name name --toolsets repos,issues',
    'cmd /c npx.cmd -y @scope/name',
    'npx -y srv --repo owner/name',
    'npx -y srv --repository=owner/name',
    'npx -y srv --project group/sub/name',
    'npx -y srv --repo github.com/a/b',
    'npx -y srv --config prod',
    'npx -y srv --workspace main --db main --profile team/prod --root default',
    'npx -y srv --model anthropic/claude-4.1 --embedder openai/text-embedding-3',
    'npx -y srv --accept application/json --output-format image/png',
    'npx -y srv --url https://e.example/a/b.json --dsn postgres://db/x',
    'npx -y srv --http-path mcp/v1 --api-path=v1/x',
    'npx -y srv --config {"a":"b/c"} --delimiter=. --glob=**/*.md',
    'npx -y srv --path /abs --file=/abs/x.json --db-path ~/x.db',
    'npx -y mcp-remote https://e.example/mcp --allow-http',
    'npx -y @playwright/mcp@latest --browser chrome --viewport-size 1280,720',
    'npx -y @upstash/context7-mcp@latest',
    'npx -y mcp-mermaid --timezone Europe/Berlin',
    'uvx --from git+https://github.com/a/mcp-filesystem mcp-filesystem /abs',
    'uvx mcp-server-time --local-timezone=America/New_York',
    'uvx mcp-server-git --repository /abs/repo',
    'uvx --with pandas mcp-server-x==1.2.3',
    'uv run --with mcp[cli] mcp run /abs/server.py',
    'uv tool run mcp-server-fetch',
    'uvx basic-memory mcp --project main',
    'uvx --from basic-memory basic-memory --project work/notes mcp',
    'srv --include *.ts --config github>acme/preset',
    'npm run mcp --prefix /abs',
    'uv tool run --from awslabs.core-mcp-server@latest awslabs.core-mcp-server.exe',
    'ssh host node dist/index.js',
    'kubectl exec -i deploy/mcp -- python server.py',
    'uvx --from git+ssh://git@github.com/acme/tools.git tools',
    'go run github.com/a/b/cmd/x@v1.2.3',
    'deno run -A jsr:@scope/x',
    'python -m my.server --transport stdio',
    'node /abs/x.js --tag v1/x',
    'node -r dotenv/config /abs/x.js',
    'poetry -C /abs run server',
    'docker run -i --rm -v data:/x ghcr.io/a/b:1 --repository ./x config.json',
    'docker run -v /abs:/x -v C:\\x:/y --mount type=volume,src=data,dst=/z mcp/filesystem /x sub',
    'docker run --env-file /abs/.env -w ./in --entrypoint ./run img',
    'docker run -e DB_PATH img',
    'sh -c cd&&run',
    'npm --prefix /abs start',
    'pnpm --dir=/abs run start',
    'make -C /abs serve',
    'dotnet run --project /abs/Server',
    'docker compose -f /abs/compose.yaml run srv',
    'npm exec -y srv',
    'bun x srv',
  ])('is no path, and left as it is: %s', (text) => {
    expect(understood(line(text))).toHaveProperty('upstream.args', line(text).args);
  });

  test.each([
    'uv --directory /home/me/weather run weather.py',
    'uv run --directory /abs weather.py',
    'uv --directory=/abs run --project sub ./weather.py --db-path x.db',
    'cmd /c uv --directory C:\\weather run weather.py',
    'uvx --directory /abs fastmcp run server.py',
    'poetry -C /abs run python server.py',
    'poetry --directory /abs run python server.py',
    'yarn --cwd /abs node server.js',
    'bun --cwd=/abs run src/index.ts',
    'npm --prefix /abs exec tsx server.ts',
    'pnpm -C /abs tsx src/server.ts',
    'pnpm --dir /abs exec node server.js',
    'go -C /abs run ./cmd/x',
    'cargo -C /abs run',
    'make -C /abs -f mcp.mk serve',
    'just -d /abs --justfile justfile mcp',
    'conda run -n mcp --cwd /abs python server.py',
    'env -C /abs node server.js',
  ])('what follows the folder that a program goes to is meant from there: %s', (text) => {
    expect(understood(line(text))).toEqual({
      upstream: stdio(line(text).command, line(text).args),
      secrets: {},
    });
  });

  test.each([
    // https://docs.astral.sh/uv/reference/cli/: paths are meant from where one is, and -C is something else.
    ['uv run --project /abs weather.py', 'weather.py'],
    ['uv -C /abs run weather.py', 'weather.py'],
    // An option of the script.
    ['uv run weather.py --directory /abs', 'weather.py'],
    ['poetry -P /abs run python server.py', 'server.py'],
    ['node server.js --cwd /abs', 'server.js'],
  ])('what is no folder that a program goes to: %s', (text, word) => {
    expect(understood(line(text))).toEqual({
      refused: expect.stringContaining(`“${word}” in its command line is relative`),
    });
  });

  test.each([
    'npm start',
    'pnpm run',
    'make',
    'cargo run',
    'dotnet run',
    'docker compose',
    'php artisan',
    'poetry run',
  ])('what a program does by its folder: %s', (text) => {
    expect(understood(line(text))).toEqual({
      refused: expect.stringContaining(`“${text}” does what the folder says in which it is started`),
    });
    expect(understood({ ...line(text), cwd: '/abs' })).toMatchObject({ upstream: { cwd: '/abs' } });
    expect(understood(line(text), { project: '/p' })).toMatchObject({ upstream: { cwd: '/p' } });
  });

  test.each(['./run', 'node server.js', 'cd sub && node x', '. .env; x', 'serve $(pwd)'])(
    'the command of a shell: %s',
    (text) => {
      const value = { command: 'bash', args: ['-lc', text] };
      expect(understood(value)).toEqual({
        refused: expect.stringContaining('in its command line is relative'),
      });
      expect(understood(value, { project: '/p' })).toMatchObject({
        upstream: { args: value.args, cwd: '/p' },
      });
    },
  );

  test.each(['cd /abs && node ./x.js', '. ~/.nvm/nvm.sh && npx -y chart.js', 'exec /abs/run --x=1'])(
    'the command of a shell, of any folder: %s',
    (text) => {
      expect(understood({ command: 'sh', args: ['-c', text] })).toHaveProperty('upstream.args', ['-c', text]);
    },
  );

  test.each(['./memory.json', '../x', '.', '$(pwd)/x', 'memory.json', 'data/x.db'])(
    'a variable that is a path: %s',
    (text) => {
      const value = { command: 'npx', args: ['-y', 'srv'], env: { MEMORY_FILE_PATH: text } };
      expect(understood(value)).toEqual({
        refused: expect.stringContaining(
          'Its variable MEMORY_FILE_PATH is relative, and this entry is for all',
        ),
      });
      // As its client starts it.
      expect(understood(value, { project: '/p' })).toEqual({
        upstream: stdio('npx', ['-y', 'srv'], { envNames: ['MEMORY_FILE_PATH'], cwd: '/p' }),
        secrets: { env: value.env },
      });
    },
  );

  test.each([
    ['GITHUB_REPOSITORY', 'owner/name'],
    ['BASE_PATH', 'api/v1'],
    ['DB_PATH', '/abs/x.db'],
    ['MODEL', 'anthropic/claude'],
    ['CONFIG', 'prod'],
    ['SEPARATOR', '.'],
    ['NODE_OPTIONS', '--import=x'],
    ['TOKEN', '.a/b.c'],
  ])('a variable that is none: %s=%s', (name, text) => {
    expect(understood({ command: 'npx', env: { [name]: text } })).toHaveProperty('secrets.env', {
      [name]: text,
    });
  });

  test('the folder that a client was started in is that of the project', () => {
    const value = { command: 'docker', args: ['run', '-v', `\${PWD}:/x`, 'img', '$PWD'] };
    expect(understood(value)).toEqual({ refused: expect.stringContaining('is a project’s folder') });
    expect(understood(value, { project: '/p' })).toMatchObject({
      upstream: { args: ['run', '-v', '/p:/x', 'img', '/p'] },
    });
  });
});

/** As clients write it. */
const named = (name: string) => `\${env:${name}}`;

describe('secrets among arguments', () => {
  test.each<[string[], string[], Record<string, string>]>([
    [['x', '--api-key', secret], ['x', '--api-key', named('ARG_API_KEY')], { ARG_API_KEY: secret }],
    [
      [`--figma-api-key=${pin}`],
      [`--figma-api-key=${named('ARG_FIGMA_API_KEY')}`],
      { ARG_FIGMA_API_KEY: pin },
    ],
    [
      ['pg', 'postgres://me:pw@db/x'],
      ['pg', `postgres://${named('ARG_ADDRESS')}@db/x`],
      { ARG_ADDRESS: 'me:pw' },
    ],
    [
      ['mcp-remote', `https://e.example/mcp?api_key=${secret}&x=1`],
      ['mcp-remote', `https://e.example/mcp?api_key=${named('ARG_ADDRESS')}&x=1`],
      { ARG_ADDRESS: secret },
    ],
    [
      ['mcp-remote', 'https://e.example/mcp', '--header', `X-Key: ${pin}`, '--header', `X-Other:${pin}2`],
      [
        ...['mcp-remote', 'https://e.example/mcp', '--header', `X-Key: ${named('ARG_HEADER')}`],
        ...['--header', `X-Other:${named('ARG_HEADER_2')}`],
      ],
      { ARG_HEADER: pin, ARG_HEADER_2: `${pin}2` },
    ],
    [
      ['--config', `{"apiKey":"${pin}","region":"eu"}`],
      ['--config', `{"apiKey":"${named('ARG_CONFIG')}","region":"eu"}`],
      { ARG_CONFIG: pin },
    ],
    // As Smithery writes it: JSON within a text of JSON.
    [
      ['--config', `"{\\"apiKey\\":\\"${pin}\\",\\"region\\":\\"eu\\"}"`],
      ['--config', `"{\\"apiKey\\":\\"${named('ARG_CONFIG')}\\",\\"region\\":\\"eu\\"}"`],
      { ARG_CONFIG: pin },
    ],
    // Twilio's.
    [
      ['x', `AC${random}/SK${random}:${random}`],
      ['x', named('ARG_SECRET')],
      { ARG_SECRET: `AC${random}/SK${random}:${random}` },
    ],
    [
      ['mcp-proxy', '--headers', 'X-API-Key', pin, 'https://e.example/mcp'],
      ['mcp-proxy', '--headers', 'X-API-Key', named('ARG_SECRET'), 'https://e.example/mcp'],
      { ARG_SECRET: pin },
    ],
    [
      ['--custom-auth-credentials', `me:${pin}`],
      ['--custom-auth-credentials', named('ARG_CUSTOM_AUTH_CREDENTIALS')],
      { ARG_CUSTOM_AUTH_CREDENTIALS: `me:${pin}` },
    ],
    // Whatever is in it.
    [
      ['pg', `postgres://me:P@${pin}@db/x`],
      ['pg', `postgres://${named('ARG_ADDRESS')}@db/x`],
      { ARG_ADDRESS: `me:P@${pin}` },
    ],
    [[`--password=P&${pin}'x`], [`--password=${named('ARG_PASSWORD')}`], { ARG_PASSWORD: `P&${pin}'x` }],
    [[`KEY=${pin}`, 'npx'], [`KEY=${named('ARG_KEY')}`, 'npx'], { ARG_KEY: pin }],
    [
      [`-Dspring.datasource.password=${pin}`],
      [`-Dspring.datasource.password=${named('ARG_DSPRING_DATASOURCE_PASSWORD')}`],
      { ARG_DSPRING_DATASOURCE_PASSWORD: pin },
    ],
    // One value is kept once.
    [
      ['--token', pin, '--token', pin],
      ['--token', named('ARG_TOKEN'), '--token', named('ARG_TOKEN')],
      { ARG_TOKEN: pin },
    ],
    // No name is one that programs go by.
    [[`--path=${random}`], [`--path=${named('ARG_PATH')}`], { ARG_PATH: random }],
    // What only looks like a secret goes whole.
    [[random], [named('ARG_SECRET')], { ARG_SECRET: random }],
    [['ghp_abcdefghijkl'], [named('ARG_SECRET')], { ARG_SECRET: 'ghp_abcdefghijkl' }],
    [['abcdefghijklmnopqrstuvwx1234'], [named('ARG_SECRET')], { ARG_SECRET: 'abcdefghijklmnopqrstuvwx1234' }],
    [
      [`https://e.example/${random}/mcp`],
      [named('ARG_ADDRESS')],
      { ARG_ADDRESS: `https://e.example/${random}/mcp` },
    ],
    [[`--u=/x/y?k=${random}`], [`--u=${named('ARG_U')}`], { ARG_U: `/x/y?k=${random}` }],
    [
      ['--in=wJalrXUtnFEMI+K7MDENG/bPxRfi'],
      [`--in=${named('ARG_IN')}`],
      { ARG_IN: 'wJalrXUtnFEMI+K7MDENG/bPxRfi' },
    ],
    // So does what a variable brings.
    [['x', `--pin=\${PIN}`], ['x', `--pin=${named('ARG_PIN')}`], { ARG_PIN: pin }],
    ...[
      named('GITHUB_TOKEN'),
      `\${GITHUB_TOKEN:-x}`,
      '$GITHUB_TOKEN',
      '%GITHUB_TOKEN%',
      '{env:GITHUB_TOKEN}',
    ].map((word): [string[], string[], Record<string, string>] => [
      ['x', '--key', word],
      ['x', '--key', named('ARG_KEY')],
      { ARG_KEY: secret },
    ]),
    ...['API_TOKEN', 'SEED', 'PLAIN_SEED', 'PADDED', 'SIGNING_KEY'].map(
      (name): [string[], string[], Record<string, string>] => [
        ['-y', 'srv', '--key2', `\${${name}}`],
        ['-y', 'srv', '--key2', named('ARG_KEY2')],
        { ARG_KEY2: env[name as keyof typeof env] },
      ],
    ),
  ])('%j are kept as variables, and the rest stays', (args, left, values) => {
    const known = understood({ command: 'npx', args });
    expect(known).toEqual({
      upstream: stdio('npx', left, { envNames: Object.keys(values).sort() }),
      secrets: { env: values },
    });
  });

  test('are kept beside the variables of the entry', () => {
    const value = {
      command: 'npx',
      args: ['x', '--token', pin, `--in=${named('REGION')}`],
      env: { REGION: 'us' },
    };
    expect(understood(value)).toEqual({
      upstream: stdio('npx', ['x', '--token', named('ARG_TOKEN'), `--in=${named('REGION')}`], {
        envNames: ['ARG_TOKEN', 'REGION'],
      }),
      secrets: { env: { ARG_TOKEN: pin, REGION: 'us' } },
    });
  });

  test('take the place of no variable that the entry has', () => {
    const value = { command: 'npx', args: ['x', '--token', pin], env: { ARG_TOKEN: 'other' } };
    expect(understood(value)).toEqual({
      upstream: stdio('npx', ['x', '--token', named('ARG_TOKEN_2')], {
        envNames: ['ARG_TOKEN', 'ARG_TOKEN_2'],
      }),
      secrets: { env: { ARG_TOKEN: 'other', ARG_TOKEN_2: pin } },
    });
  });

  test('are what they were once their values are filled in', () => {
    const piece = fc.constantFrom(
      ...[
        '--token',
        '--header',
        '-H',
        '-e',
        '-c',
        '--mount',
        'x',
        '=',
        ' ',
        ':',
        '"',
        "'",
        '/',
        '{',
        '}',
        '$',
        '@',
        '?',
      ],
      ...[
        '--api-key=',
        'KEY=',
        'Bearer ',
        'X-Key: ',
        'https://',
        'me:pw@',
        'apiKey',
        secret,
        pin,
        random,
        base64,
      ],
    );
    const word = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(fc.array(word, { maxLength: 5 }), fc.func(fc.boolean()), (args, secretly) => {
        const { args: left, env: values } = hideSecrets('npx', args, { secret: secretly, taken: {} });
        expect(left.map((one) => withVariables(one, values))).toEqual(args);
        expect(Object.keys(values).sort()).toEqual([...new Set(left.flatMap(variablesNamed))].sort());
      }),
      { numRuns: 3000 },
    );
  });

  test.each([
    'postgres://me:KEPT@db/x',
    'FOO=pre-KEPT',
    'FOO=KEPTKEPT',
    '--api-key=KEPT-KEPT-x',
    'postgres://me?key=abc&b@db/x',
  ])('stay beside the variables that %s names', (text) => {
    const word = text.replaceAll('KEPT', named('KEPT'));
    const hidden = hideSecrets('npx', [word], { taken: { KEPT: 'tr0ub4' } });
    const all = { ...hidden.env, KEPT: 'tr0ub4' };
    expect(hidden.args.map((one) => withVariables(one, all))).toEqual([withVariables(word, all)]);
    expect(Object.values(hidden.env).flatMap(variablesNamed)).toEqual([]);
    // What is hidden is not hidden again.
    expect(hideSecrets('npx', hidden.args, { taken: all })).toEqual({ args: hidden.args, env: {} });
    if (text !== 'FOO=KEPTKEPT') expect(hidden.args).not.toContain(word);
  });

  test('as many as there may be are hidden in little more time than a few', () => {
    const many = (length: number) => Array.from({ length }, (_, index) => `${secret}${index}`);
    const { env: values } = hideInAddress(`https://e.example/${many(20_000).join('/')}`);
    expect(Object.keys(values)).toHaveLength(20_000);
    expect(Object.keys(hideSecrets('npx', many(20_000), { taken: {} }).env)).toHaveLength(20_000);
  });

  test('of the entry itself are filled in where Docker takes them from its environment', () => {
    const args = ['run', '-e', `A=x-${named('KEY')}`, 'img'];
    expect(understood({ command: 'docker', args, env: { KEY: '1' } })).toEqual({
      upstream: stdio('docker', ['run', '-e', 'A', 'img'], { envNames: ['A', 'KEY'] }),
      secrets: { env: { A: 'x-1', KEY: '1' } },
    });
  });

  test('of what Docker starts go as well, and no variable of Docker’s changes', () => {
    const args = ['run', '-e', 'A=1', '-e', 'HOME=/x', 'img', '--token', pin];
    expect(understood({ command: 'docker', args })).toEqual({
      upstream: stdio('docker', ['run', '-e', 'A', '-e', 'HOME=/x', 'img', '--token', named('ARG_TOKEN')], {
        envNames: ['A', 'ARG_TOKEN'],
      }),
      secrets: { env: { A: '1', ARG_TOKEN: pin } },
    });
  });
});

describe('secrets in an address', () => {
  const ADDRESS = named('ARG_ADDRESS');
  test.each<[string, string, string]>([
    [`https://e.example/mcp?api_key=${secret}&x=1`, `https://e.example/mcp?api_key=${ADDRESS}&x=1`, secret],
    [`https://e.example/mcp?k=${random}`, `https://e.example/mcp?k=${ADDRESS}`, random],
    ...['MGVkZDA5OTItNjRhZC00MTVl', 'abcdefghijklmnopqrstuvwx1234'].map((part): [string, string, string] => [
      `https://e.example/s/${part}/mcp`,
      `https://e.example/s/${ADDRESS}/mcp`,
      part,
    ]),
    [
      'https://e.example/mcp?id=Ab3%2FxYz9Qw1Er5Ty7%2BUi2Op4As6Df%2F8Gh0Jk2Lz4Xc6V%3D',
      `https://e.example/mcp?id=${ADDRESS}`,
      'Ab3%2FxYz9Qw1Er5Ty7%2BUi2Op4As6Df%2F8Gh0Jk2Lz4Xc6V%3D',
    ],
    // What only looks like one as a whole goes whole.
    [
      'https://e.example/s/wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
      `https://e.example/${ADDRESS}`,
      's/wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    ],
    // So does what a variable brings.
    [`https://e.example/${named('PIN')}/mcp?x=1`, `https://e.example/${ADDRESS}`, `${pin}/mcp?x=1`],
    [`https://e.example:8443?pin=${named('PIN')}`, `https://e.example:8443/?${ADDRESS}`, `pin=${pin}`],
  ])('%s is kept as a variable', (written, url, value) => {
    expect(understood({ url: written })).toEqual({
      upstream: { kind: 'http', url, envNames: ['ARG_ADDRESS'] },
      secrets: { env: { ARG_ADDRESS: value } },
    });
  });

  test('is what it was once its values are filled in', () => {
    const piece = fc.constantFrom(
      '/',
      '?',
      '&',
      '=',
      'mcp',
      'api_key',
      'token',
      '#',
      '%2F',
      secret,
      pin,
      random,
      base64,
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), fc.boolean(), (pieces, whole) => {
        const address = new URL(`https://e.example:8443/${pieces.join('')}`).href;
        const { url, env: values } = hideInAddress(address, { whole });
        expect(withVariables(url, values)).toBe(address);
        expect(new URL(url).origin).toBe('https://e.example:8443');
        expect(Object.keys(values).sort()).toEqual([...new Set(variablesNamed(url))].sort());
        for (const hidden of [secret, random]) expect(url).not.toContain(hidden);
      }),
      { numRuns: 3000 },
    );
  });
});

test.each(['Basic YWE6YmI=', secret, `Token token=${secret}`])(
  'an authorization that is no bearer token is sent as it is: %s',
  (text) => {
    expect(
      understood({ url: 'https://e.example/mcp', headers: { authorization: text, 'X-Key': 'a' } }),
    ).toEqual({
      upstream: { kind: 'http', url: 'https://e.example/mcp', headerNames: ['Authorization', 'X-Key'] },
      secrets: { headers: { Authorization: text, 'X-Key': 'a' } },
    });
  },
);

describe('what is typed', () => {
  test.each([
    [`https://e.example\\mcp?api_key=${pin}`, `https://e.example\\mcp?api_key=${named('ARG_ADDRESS')}`],
    [`https:\\\\e.example/mcp?api_key=${pin}`, `https://e.example/mcp?api_key=${named('ARG_ADDRESS')}`],
    [`https:///e.example/mcp?api_key=${pin}`, `https://e.example/mcp?api_key=${named('ARG_ADDRESS')}`],
  ])('as the address %s leads to the same place without its secret', (url, left) => {
    const hidden = hideInAddress(url);
    expect(hidden).toEqual({ url: left, env: { ARG_ADDRESS: pin } });
    expect(new URL(withVariables(left, hidden.env)).href).toBe(new URL(url).href);
  });

  test('for Docker’s -e is a variable, and what follows the -e of others is a text', () => {
    const set = ['run', '-i', '-e', `API_KEY=${secret}`, 'img'];
    expect(hideSecrets('docker', set, { taken: {} })).toEqual({
      args: ['run', '-i', '-e', `API_KEY=${named('ARG_API_KEY')}`, 'img'],
      env: { ARG_API_KEY: secret },
    });
    for (const option of ['-e', '-c', '/c', '-Command', '-EncodedCommand'])
      for (const word of [`x=1; run ${secret}`, random])
        expect(hideSecrets('x', [option, word], { taken: {} })).toEqual({ args: [option, word], env: {} });
  });
});

test('headers beside a token are kept with the secrets', () => {
  const headers = {
    Authorization: `Bearer ${secret}`,
    'X-Key': named('PIN'),
    'X-Toolsets': 'repos, issues',
    Accept: 'x',
  };
  expect(understood({ url: 'https://e.example/mcp', headers })).toEqual({
    upstream: { kind: 'http', url: 'https://e.example/mcp', headerNames: ['X-Key', 'X-Toolsets'] },
    secrets: { token: secret, headers: { 'X-Key': pin, 'X-Toolsets': 'repos, issues' } },
  });
  expect(
    understood({ url: 'https://e.example/mcp', http_headers: { A: '1' }, env_http_headers: { B: 'PIN' } }),
  ).toHaveProperty('secrets.headers', { A: '1', B: pin });
});

describe('what is refused, with the reason', () => {
  test.each<[string, JsonObject, string | RegExp]>([
    [
      'a relative command',
      { command: './server' },
      'Its command “./server” is relative, and this entry is for all projects',
    ],
    [
      'a relative path',
      { command: 'node', args: ['./server.js'] },
      '“./server.js” in its command line is relative',
    ],
    [
      'a script of some folder',
      { command: 'node', args: ['server.js'] },
      '“server.js” in its command line is relative',
    ],
    ['a relative folder', { command: 'npx', cwd: 'here' }, 'Its folder “here” is relative'],
    [
      'a project’s folder',
      { command: 'npx', args: [`\${workspaceFolder}`] },
      'is a project’s folder, and this entry is for all projects. Write the whole path.',
    ],
    [
      'one that is not set, as a shell has it',
      { command: '$NOPE/bin/x' },
      'NOPE is not set where Greenlight runs.',
    ],
    [
      'one that is no path, as a shell has it',
      { command: 'npx', args: ['$PIN/x'] },
      'takes PIN from the environment',
    ],
    [
      'what the client asks for',
      { command: 'npx', env: { T: `\${input:key}` } },
      `The client asks you for \${input:key} each time. Write it out in this file instead.`,
    ],
    [
      'a variable that is not set',
      { command: 'npx', env: { T: `\${NOPE}` } },
      'NOPE is not set where Greenlight runs.',
    ],
    ['a variable that Goose keeps', { cmd: 'npx', env_keys: ['NOPE'] }, 'NOPE is not set'],
    [
      'what only VS Code knows',
      { command: 'npx', args: [`\${config:a.b-c}`] },
      'only its client can fill in. Write it out in this file instead.',
    ],
    [
      'a file that opencode reads',
      { command: ['npx', '{file:~/key}'] },
      'a file that only its client reads. Write out in this file what is in it.',
    ],
    [
      'a missing envFile',
      { command: 'npx', envFile: '/nowhere/.env' },
      'Its envFile /nowhere/.env is not there.',
    ],
    [
      'a header that Greenlight sends itself',
      { url: 'https://e.example/mcp', headers: { 'Mcp-Session-Id': 'x' } },
      'Its header “Mcp-Session-Id” is one that Greenlight sends itself.',
    ],
    [
      'a header with what cannot be sent',
      { url: 'https://e.example/mcp', headers: { 'X-Key': `${secret}\nX-Other: y` } },
      'Its header “X-Key” is empty, or has a character that cannot be sent.',
    ],
    [
      'a header without a text',
      { url: 'https://e.example/mcp', headers: { 'X-Key': [secret] } },
      'Its header “X-Key” has no value that is a text.',
    ],
    [
      'a header whose variable is not set',
      { url: 'https://e.example/mcp', env_http_headers: { 'X-Key': 'NOPE' } },
      'NOPE is not set where Greenlight runs.',
    ],
    [
      'a token with a space in it',
      { url: 'https://e.example/mcp', headers: { Authorization: `Bearer ${secret} x` } },
      'Its token has a space in it, so it is none that could be sent.',
    ],
    ['the old transport', { type: 'sse', url: 'https://e.example/mcp' }, 'the old transport (SSE)'],
    ['its usual address', { url: 'https://e.example/sse' }, 'the old transport (SSE)'],
    ['a WebSocket', { type: 'ws', url: 'wss://e.example/mcp' }, 'none of HTTP'],
    [
      'a password in the address',
      { url: 'https://me:pw@e.example/mcp' },
      'Its address holds a user name or a password, and Greenlight sends neither.',
    ],
    [
      'one in a path, which says what is run',
      { command: 'npx', args: [`/srv/\${PIN}/x`] },
      'Its command line takes PIN from the environment, and Greenlight would keep its value in its settings, which are no place for a secret. Name it under “env” in this entry instead, if the program takes it from there; if it is no secret, write it out.',
    ],
    [
      'one in a path that depends on the folder',
      { command: 'npx', args: ['x', `--dir=./\${PIN}`] },
      'Its command line takes PIN from the environment',
    ],
    ...[
      { command: 'node', args: [named('RUN')], env: { RUN: 'server.js' } },
      { command: 'x', args: ['--db-path', named('RUN')], env: { RUN: 'data.db' } },
      { command: 'npm', args: [named('RUN')], env: { RUN: 'start' } },
    ].map((value): [string, JsonObject, string] => [
      `what a variable brings, which depends on the folder: ${value.command}`,
      value,
      'What a variable of it brings into its command line is relative, and this entry is for all projects',
    ]),
    ['one for a shell', { command: 'sh', args: ['-c', 'run --with $PIN'] }, 'takes PIN from the environment'],
    ['one in the command', { command: `/opt/\${PIN}/x` }, 'takes PIN from the environment'],
    ['one in the folder', { command: 'npx', cwd: `/opt/\${PIN}` }, 'takes PIN from the environment'],
    [
      'one in the host of an address',
      { url: `https://\${env:PIN}.example/mcp` },
      'Its address takes PIN from the environment, and Greenlight would keep its value in its settings, which are no place for a secret. Write out the name of the host; if it is no secret, write it out.',
    ],
    [
      'one in the address of a bridge',
      {
        command: 'npx',
        args: ['mcp-remote', `https://e.example/$\{PIN}/mcp`, '--header', 'Authorization: x'],
      },
      'takes PIN from the environment',
    ],
    [
      'one that stays among Docker’s arguments',
      { command: 'docker', args: ['run', '-e', `HTTPS_PROXY=http://\${PIN}`, 'img'] },
      'takes PIN from the environment',
    ],
    ...['HTTPS_PROXY=http://me:pw@proxy', 'DOCKER_PASSWORD=tr0ub4', `PATH=${random}`].map(
      (word): [string, JsonObject, string] => [
        `a secret that stays among Docker’s arguments, as ${word}`,
        { command: 'docker', args: ['run', '-e', word, 'img'] },
        'Its command line holds a secret',
      ],
    ),
    ...[[`eu/${random}/1`], ['-c', `run --x ${random}`]]
      .concat(
        [['-c', 'run --api-key tr0ub4']],
        [['-c', 'KEY=tr0ub4 run']],
        [['-c', `run --header 'X-Key: tr0ub4' -v`]],
        [['-c', `run -H"X-Key: tr0ub4"`]],
        [['-c', `run --header "X-Key: tr0ub4" -v`]],
        [['-c', 'true; KEY=tr0ub4 run']],
        [[`/${random}/x`]],
        [['wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY']],
        [[`//host/${random}`]],
        [['-c', `exec sh -c '/usr/local/bin/x ${random}'`]],
        [['/c', `"C:\\Users\\x.exe ${random}"`]],
        [[`/data/x,it:${random}`]],
        [[`/srv/run.py;K=${random}`]],
      )
      .map((args): [string, JsonObject, string] => [
        `what looks like a secret: ${args.join(' ')}`,
        { command: 'sh', args },
        'Its command line holds a secret',
      ]),
    [
      'one that an extension starts',
      { source: 'extension', settings: {} },
      'neither a command nor an address',
    ],
  ])('%s', (_, value, reason) => {
    const known = understood(value);
    expect(known).toEqual({ refused: expect.stringContaining(reason as string) });
    for (const hidden of [secret, pin, random, base64]) expect(JSON.stringify(known)).not.toContain(hidden);
  });

  test.each([{ disabled: true }, { enabled: false }, { isActive: false }])(
    'one that is switched off: %o',
    (more) => {
      expect(understood({ command: 'npx', ...more })).toEqual({
        refused: 'It is switched off in its client, and left alone.',
      });
    },
  );

  test('an address without a type, where its client takes that for the old transport', () => {
    const value = { url: 'https://e.example/mcp' };
    expect(understood(value, { plainUrlIsSse: true })).toHaveProperty('refused');
    expect(understood({ ...value, type: 'http' }, { plainUrlIsSse: true })).toHaveProperty('upstream');
    expect(understood({ httpUrl: value.url }, { plainUrlIsSse: true })).toHaveProperty('upstream');
  });
});

test('whatever an entry is, it is understood or refused, and no secret of it is among what is not secret', () => {
  const name = fc.constantFrom('TOKEN', 'API_KEY', 'PASSWORD', 'X');
  const word = fc.constantFrom(
    ...[
      'npx',
      './a',
      '-e',
      'run',
      'docker',
      '--token',
      '--header',
      `Authorization: Bearer ${secret}`,
      secret,
      '.',
      '',
    ],
    ...[
      'https://e.example/mcp',
      `https://e.example/mcp?token=${secret}`,
      `X=${secret}`,
      '$GITHUB_TOKEN',
      '~/x',
    ],
    ...[
      `\${env:GITHUB_TOKEN}`,
      `\${input:a}`,
      `\${workspaceFolder}/x`,
      'mcp-remote',
      `\${`,
      '%REGION%',
      '{env:NOPE}',
    ],
    ...[
      `\${env:PIN}`,
      '$PIN',
      '%PIN%',
      `https://e.example/\${PIN}`,
      'run $PIN',
      'PATH=$PIN',
      `-eA=\${PIN}`,
      random,
      `\${API_TOKEN}`,
      `--in=\${SEED}`,
    ],
  );
  const texts = fc.dictionary(name, fc.oneof(word, fc.constant(secret)));
  const odd = fc.oneof(word, fc.jsonValue() as fc.Arbitrary<never>);
  const entry = fc.record(
    {
      type: fc.oneof(fc.constantFrom('http', 'sse', 'stdio'), odd),
      command: fc.oneof(word, fc.array(word), odd),
      args: fc.oneof(fc.array(word, { maxLength: 6 }), odd),
      env: fc.oneof(texts, odd),
      url: odd,
      headers: fc.oneof(texts, fc.constant({ Authorization: `Bearer ${secret}` }), odd),
      transport: odd,
      // What a folder is called is no secret, whatever it looks like.
      cwd: odd.filter((value) => value !== random),
      envFile: fc.constantFrom('/nowhere', './x', 3),
      env_vars: odd,
      disabled: fc.boolean(),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(entry, fc.option(fc.constant('/p'), { nil: undefined }), (value, project) => {
      const known = understood(value as JsonObject, project === undefined ? {} : { project });
      if ('refused' in known) {
        expect(known.refused).toMatch(/\.$/);
        for (const hidden of [secret, pin, random, base64]) expect(known.refused).not.toContain(hidden);
      } else {
        for (const hidden of [secret, pin, random, base64])
          expect(JSON.stringify(known.upstream)).not.toContain(hidden);
        const { upstream, secrets } = known;
        if (upstream.kind !== 'stdio') return;
        // Each name has a value when the program is started.
        for (const one of upstream.args.flatMap(variablesNamed)) expect(secrets.env).toHaveProperty([one]);
      }
    }),
    { numRuns: 3000 },
  );
});

/** Work that grows with the square of the length would take these minutes: the test would not end. */
test('a command line that is made to be slow is read all the same', () => {
  const args = Array.from({ length: 100_000 }, () => '-C');
  const refused = 'Its command line has 100001 words, and Greenlight looks through 500.';
  expect(understood({ command: 'npx', args })).toEqual({ refused: expect.stringContaining(refused) });
  expect(() => checkTyped({ command: 'npx', args }, '/home/me')).toThrow(refused);
  for (const bit of [
    '${',
    '${a',
    '${env:',
    '{env:',
    '${workspace',
    '$A',
    './',
    '--a=',
    '%41',
    'a.b/',
    '-e ',
  ]) {
    const word = bit.repeat(200_000 / bit.length);
    expect(understood({ command: 'npx', args: [word, `${word}}`] })).toBeDefined();
    try {
      checkTyped({ command: 'npx', args: [word, `${word}}`] }, '/home/me');
    } catch (error) {
      expect(error).toBeInstanceOf(UserFacingError);
    }
  }
});
