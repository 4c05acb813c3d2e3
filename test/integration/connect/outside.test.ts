/** What other programs make of Greenlight's entries in clients' files waits for the person; the rest is not its own. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, test, vi } from 'vitest';
import type { Outside } from '../../../main/base/outside.ts';
import { difference } from '../../../shared/difference.ts';
import { MASK } from '../../../shared/mask.ts';
import { access, createHome, type Home, mcpUrl, token } from './home.ts';

const cursor = '.cursor/mcp.json';
const evil = 'https://evil.example/mcp';
const lumaUrl = 'https://luma.mcp.acedata.cloud/mcp';
const hosted = { url: lumaUrl, headers: { Authorization: 'Bearer luma-secret-4711' } };
const secretFree = ['luma-secret-4711', token, 'a-new-token'];

interface Bench extends Home {
  outside: Outside;
  takenBack: string[];
  /** Time goes on, so that a file is looked at again. */
  pass(): void;
  changes(): ReturnType<Outside['list']>;
  servers(file?: string): Record<string, Record<string, unknown>>;
  put(servers: object, file?: string): void;
}

function open(home: Home = createHome()): Bench {
  let now = 1_000_000;
  let made = 0;
  const takenBack: string[] = [];
  const outside = home.connect.outside({
    mcpUrl,
    now: () => now,
    renew: (grant, label) => ({
      grant: grant ?? `of ${label}`,
      token: `glt_a-new-token-${++made}`,
      takeBack: () => void takenBack.push(grant ?? label),
    }),
  });
  const pass = () => {
    now += 60_000;
  };
  return {
    ...home,
    outside,
    takenBack,
    pass,
    changes() {
      pass();
      return outside.list();
    },
    servers: (file = cursor) => JSON.parse(home.read(file)).mcpServers,
    put: (servers, file = cursor) =>
      void home.write(file, `${JSON.stringify({ mcpServers: servers }, null, 2)}\n`),
  };
}

/** A home in which Cursor is connected. */
function connected(options: { takeOver?: boolean; servers?: object } = {}): Bench {
  const home = open();
  if (options.servers) home.put(options.servers);
  home.connect.apply('cursor', { ...access, grant: 'g1', takeOver: options.takeOver ?? false });
  return home;
}

describe('an entry', () => {
  test('that stands as Greenlight wrote it is no change, whatever else in the file is', async () => {
    const home = connected();
    expect(home.changes()).toEqual([]);
    home.put({ other: { command: 'x' }, ...home.servers(), luma: hosted });
    // In another order, with other white space: the same entry.
    writeFileSync(home.path(cursor), JSON.stringify(JSON.parse(home.read(cursor))));
    expect(home.changes()).toEqual([]);
  });

  test('that another program changed waits, with its secrets masked', async () => {
    const home = connected();
    const told = vi.fn();
    home.outside.onChange(told);
    expect(home.changes()).toEqual([]);
    expect(told).not.toHaveBeenCalled();
    home.put({ greenlight: { ...home.servers().greenlight, url: evil } });
    expect(home.changes()).toEqual([
      {
        id: 'client:cursor',
        kind: 'client',
        name: 'Cursor',
        path: home.path(cursor),
        seenAt: expect.any(Number),
        before: { greenlight: { url: mcpUrl, headers: { Authorization: `Bearer ${MASK}` } } },
        after: { greenlight: { url: evil, headers: { Authorization: `Bearer ${MASK}` } } },
        digest: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    ]);
    expect(told).toHaveBeenCalledTimes(1);
    const [first] = home.outside.list();
    expect(home.changes()).toEqual([first]);
    expect(told).toHaveBeenCalledTimes(1);
  });

  test('whose token alone is another says so, and shows neither', () => {
    const home = connected();
    home.put({ greenlight: { url: mcpUrl, headers: { Authorization: 'Bearer somebody-elses' } } });
    const [change] = home.changes();
    expect(change?.after).toEqual({
      greenlight: { url: mcpUrl, headers: { Authorization: `Bearer ${MASK} (another one)` } },
    });
    expect(JSON.stringify(change)).not.toMatch(/somebody/);
  });

  test('that was changed back waits no more', () => {
    const home = connected();
    const before = home.read(cursor);
    home.put({});
    expect(home.changes()).toMatchObject([{ before: { greenlight: {} } }]);
    expect(home.outside.list()[0]).not.toHaveProperty('after');
    home.write(cursor, before);
    expect(home.changes()).toEqual([]);
    rmSync(home.path(cursor));
    expect(home.changes()).toHaveLength(1);
  });

  test('is noticed by the next Greenlight, when it was changed while none ran', () => {
    const home = connected();
    home.put({ greenlight: { url: evil } });
    const next = open(home);
    expect(next.changes()).toMatchObject([{ id: 'client:cursor', after: { greenlight: { url: evil } } }]);
  });

  test.each([
    [
      'without the entry',
      (text: string) => JSON.stringify(JSON.parse(text, (k, v) => (k === 'entry' ? undefined : v))),
    ],
    ['for another file', (text: string) => text.replaceAll('mcp.json', 'other.json')],
    ['damaged', () => '{'],
  ])('is noticed also where %s the record beside the database was changed', (_how, edit) => {
    const home = connected();
    home.put({ greenlight: { url: evil } });
    const record = 'greenlight-data/connect.json';
    const edited = edit(home.read(record));
    expect(edited).not.toBe(home.read(record));
    home.write(record, edited);
    expect(home.changes()).toHaveLength(1);
    home.connect.undo('cursor');
    expect(home.changes()).toEqual([]);
  });

  test('of an older version, or put there by hand, is not spoken of', () => {
    const home = connected();
    const record = home.path('greenlight-data/connect.json');
    const { entry: _, ...older } = JSON.parse(readFileSync(record, 'utf8')).targets.cursor;
    writeFileSync(record, JSON.stringify({ version: 1, targets: { cursor: older } }));
    home.forget();
    home.put({ greenlight: { url: evil }, luma: hosted });
    home.put({ greenlight: { url: evil } }, '.codeium/windsurf/mcp_config.json');
    expect(home.changes()).toEqual([]);
    home.connect.apply('cursor', { ...access, token: 'glt_another', grant: 'g2' });
    expect(home.changes()).toEqual([]);
    home.put({});
    expect(home.changes()).toHaveLength(1);
  });

  test('of Codex, in TOML', async () => {
    const home = open();
    home.connect.apply('codex', { ...access, grant: 'g1' });
    const file = '.codex/config.toml';
    home.write(file, `model = "x"\n${home.read(file).replace(mcpUrl, evil)}`);
    const [change] = home.changes();
    expect(change).toMatchObject({ name: 'Codex CLI', after: { greenlight: { url: evil } } });
    await home.outside.decide('client:codex', '', 'keep');
    expect(home.read(file)).toContain(mcpUrl);
    expect(home.read(file)).toContain('model = "x"');
    expect(home.changes()).toEqual([]);
  });

  test('is never said to be changed by undoing', () => {
    const home = connected({ servers: { files: { command: 'files' } } });
    home.connect.undo('cursor');
    expect(home.changes()).toEqual([]);
  });
});

describe('the record', () => {
  test('has no token, neither Greenlight’s nor of what was accepted', async () => {
    const home = connected({ servers: { luma: hosted }, takeOver: true });
    home.put({ greenlight: { url: mcpUrl, env: { API_KEY: 'hand-made' } }, luma: hosted });
    const [change] = home.changes();
    await home.outside.decide('client:cursor', change?.digest ?? '', 'use');
    home.put({});
    await home.changes();
    await home.outside.decide('client:cursor', '', 'keep');
    const record = home.read('greenlight-data/connect.json');
    for (const secret of [...secretFree, 'hand-made']) {
      expect(record).not.toContain(secret);
      expect(home.log.join()).not.toContain(secret);
      expect(JSON.stringify(change)).not.toContain(secret);
    }
  });
});

describe('using what stands there', () => {
  test('accepts it, also for the next Greenlight; the next change is told against it', async () => {
    const home = connected();
    home.put({ greenlight: { url: mcpUrl, headers: { Authorization: 'Bearer mine' }, timeout: 5 } });
    const [change] = home.changes();
    const text = home.read(cursor);
    await home.outside.decide('client:cursor', change?.digest ?? '', 'use');
    expect(home.read(cursor)).toBe(text);
    expect(home.changes()).toEqual([]);
    expect(open(home).changes()).toEqual([]);
    home.put({ greenlight: { url: evil, headers: { Authorization: 'Bearer mine' }, timeout: 5 } });
    expect(home.changes()).toMatchObject([
      {
        before: { greenlight: { timeout: 5, headers: { Authorization: `Bearer ${MASK}` } } },
        after: { greenlight: { url: evil, headers: { Authorization: `Bearer ${MASK}` } } },
      },
    ]);
  });

  test('of an entry that is gone forgets it; what Greenlight replaced can still be put back', async () => {
    const home = connected({ servers: { luma: hosted, files: { command: 'files' } }, takeOver: true });
    home.put({ files: { command: 'files' } });
    const [change] = home.changes();
    await home.outside.decide('client:cursor', change?.digest ?? '', 'use');
    expect(home.changes()).toEqual([]);
    home.put({ luma: hosted, greenlight: { url: evil } });
    expect(home.changes()).toEqual([]);
    home.put({ files: { command: 'files' } });
    expect(home.connect.undo('cursor')).toMatchObject({ grant: 'g1' });
    expect(home.servers()).toEqual({ files: { command: 'files' }, luma: hosted });
  });

  test('is refused once it is another than was shown', async () => {
    const home = connected();
    home.put({ greenlight: { url: 'https://one.example/mcp' } });
    const [change] = home.changes();
    // At once: no clock, no time stamp tells the two apart.
    home.put({ greenlight: { url: 'https://two.example/mcp' } });
    expect(() => home.outside.decide('client:cursor', change?.digest ?? '', 'use')).toThrow(
      /has changed again since it was shown/,
    );
    expect(home.outside.list()).toMatchObject([
      { after: { greenlight: { url: 'https://two.example/mcp' } }, before: { greenlight: { url: mcpUrl } } },
    ]);
  });

  test('of nothing is refused', () => {
    const home = connected();
    for (const id of ['client:cursor', 'client:zed', 'client:nobody', 'settings', ''])
      expect(() => home.outside.decide(id, '', 'use')).toThrow('waits any more');
  });
});

describe('keeping Greenlight’s entry', () => {
  test('writes it with a new token of the same grant, and leaves the rest', async () => {
    const home = connected();
    writeFileSync(
      home.path(cursor),
      `{\n  // mine\n  "mcpServers": { "greenlight": { "url": "${evil}" }, "files": { "command": "files" } }\n}\n`,
    );
    expect(home.changes()).toHaveLength(1);
    const stood = home.read(cursor);
    await home.outside.decide('client:cursor', 'whatever stands there', 'keep');
    const backup = `.cursor/${home.backups(cursor).at(-1)}`;
    expect(home.read(backup)).toBe(stood);
    expect(home.mode(backup)).toBe(0o600);
    expect(home.read(cursor)).toContain('// mine');
    expect(home.read(cursor)).toContain('"files": { "command": "files" }');
    expect(home.read(cursor)).toContain('Bearer glt_a-new-token-1');
    expect(home.read(cursor)).not.toContain(evil);
    expect(home.mode(cursor)).toBe(0o600);
    expect(home.changes()).toEqual([]);
    expect(home.connect.undo('cursor')).toMatchObject({ grant: 'g1' });
    expect(home.read(cursor)).not.toContain('greenlight');
    expect(home.read(cursor)).toContain('"files": { "command": "files" }');
  });

  test('makes the file again that was removed, for its owner only', async () => {
    const home = connected();
    rmSync(home.path('.cursor'), { recursive: true });
    expect(home.changes()).toHaveLength(1);
    await home.outside.decide('client:cursor', '', 'keep');
    expect(home.servers().greenlight).toMatchObject({ url: mcpUrl });
    expect(home.mode(cursor)).toBe(0o600);
  });

  test('that cannot be done costs no token', () => {
    const home = connected();
    home.write(cursor, '{ "mcpServers": [] }');
    expect(home.changes()).toHaveLength(1);
    expect(() => home.outside.decide('client:cursor', '', 'keep')).toThrow(
      'should be a list of servers by name',
    );
    expect(home.read(cursor)).toBe('{ "mcpServers": [] }');
    expect(home.changes()).toHaveLength(1);
  });
});

describe('a way past Greenlight', () => {
  test('that came back after it was taken over waits; kept out, it goes again', async () => {
    const home = connected({ servers: { luma: hosted }, takeOver: true });
    const own = home.servers().greenlight;
    home.put({ ...home.servers(), luma: hosted });
    const [change] = home.changes();
    expect(change).toMatchObject({
      after: { luma: { url: lumaUrl, headers: { Authorization: `Bearer ${MASK}` } } },
    });
    expect(change).not.toHaveProperty('before');
    await home.outside.decide('client:cursor', '', 'keep');
    expect(Object.keys(home.servers())).toEqual(['greenlight']);
    // Greenlight's own entry was not touched, and its token goes on.
    expect(home.servers().greenlight).toEqual(own);
    expect(home.changes()).toEqual([]);
    // What was there before Greenlight is put back all the same.
    home.connect.undo('cursor');
    expect(home.servers()).toEqual({ luma: hosted });
  });

  test('that is accepted stays, until it is another', async () => {
    const home = connected({ servers: { luma: hosted }, takeOver: true });
    home.put({ ...home.servers(), film: hosted });
    const [change] = home.changes();
    await home.outside.decide('client:cursor', change?.digest ?? '', 'use');
    expect(home.changes()).toEqual([]);
    home.put({ ...home.servers(), film: { ...hosted, url: 'https://luma.mcp.acedata.cloud/sse' } });
    expect(home.changes()).toHaveLength(1);
  });

  test('is none of Greenlight’s business where none was taken over, or was left when it connected again', () => {
    const home = connected();
    home.put({ ...home.servers(), luma: hosted });
    expect(home.changes()).toEqual([]);
    home.connect.apply('cursor', { ...access, token: 'glt_2', takeOver: true });
    home.put({ ...home.servers(), luma: hosted });
    expect(home.changes()).toHaveLength(1);
    home.connect.apply('cursor', { ...access, token: 'glt_3' });
    expect(home.changes()).toEqual([]);
  });

  test('is found in Claude Code’s projects, and taken out there', async () => {
    const home = open();
    home.write('.claude.json', JSON.stringify({ mcpServers: { luma: hosted } }));
    home.connect.apply('claude-code', { ...access, takeOver: true });
    const config = JSON.parse(home.read('.claude.json'));
    home.write(
      '.claude.json',
      JSON.stringify({ ...config, projects: { '/film': { mcpServers: { luma: hosted }, history: ['x'] } } }),
    );
    expect(home.changes()).toMatchObject([{ after: { 'luma (in /film)': { url: lumaUrl } } }]);
    // One that is called as another is described is shown beside it.
    home.write(
      '.claude.json',
      JSON.stringify({
        ...config,
        mcpServers: { ...config.mcpServers, 'luma (in /film)': hosted },
        projects: { '/film': { mcpServers: { luma: hosted }, history: ['x'] } },
      }),
    );
    expect(Object.keys(home.changes()[0]?.after ?? {})).toEqual([
      '/mcpServers/luma (in ~1film)',
      '/projects/~1film/mcpServers/luma',
    ]);
    await home.outside.decide('client:claude-code', '', 'keep');
    expect(JSON.parse(home.read('.claude.json')).projects).toEqual({
      '/film': { mcpServers: {}, history: ['x'] },
    });
  });
});

describe('what cannot be compared', () => {
  test('is no change: a half-written file, a pipe, a folder, another’s file', () => {
    const home = connected();
    const path = home.path(cursor);
    home.write(cursor, '{ "mcpServers": {');
    expect(home.changes()).toEqual([]);
    expect(() => home.outside.decide('client:cursor', '', 'keep')).toThrow(/not valid JSON/);
    rmSync(path);
    execFileSync('mkfifo', [path]);
    expect(home.changes()).toEqual([]);
    expect(() => home.outside.decide('client:cursor', '', 'keep')).toThrow(/no plain file/);
    rmSync(path);
    symlinkSync('/etc/passwd', path);
    expect(home.changes()).toEqual([]);
    rmSync(path);
  });

  test('keeps what was known of it, until it can be', () => {
    const home = connected();
    home.put({ greenlight: { url: evil } });
    const changes = home.changes();
    home.write(cursor, 'half');
    expect(home.changes()).toEqual(changes);
  });

  test('a damaged record says nothing of clients, and fails nothing', () => {
    const home = connected();
    home.put({});
    home.forget();
    home.write('greenlight-data/connect.json', '{');
    expect(home.changes()).toEqual([]);
  });

  test('an entry as large, or as deep, as nobody writes is told, not shown', () => {
    const home = connected();
    home.put({ greenlight: { url: 'x'.repeat(100_000) } });
    const stands = () => home.changes()[0]?.after;
    expect(stands()).toEqual({ greenlight: '(too much to be shown)' });
    expect(difference({}, stands(), { lines: 9, width: 99 }).whole).toBe(false);
    home.write(cursor, `{"mcpServers":{"greenlight":${'['.repeat(500)}${']'.repeat(500)}}}`);
    expect(JSON.stringify(stands())).toContain('too much to be shown');
    expect(difference({}, stands(), { lines: 9, width: 99 }).whole).toBe(false);
  });
});

test('where what was changed cannot be noted, no backup is left, and all is taken back', async () => {
  const home = connected({ servers: { files: { command: 'files' } } });
  home.put({ greenlight: { url: 'https://evil.example/mcp' } });
  expect(home.changes()).toHaveLength(1);
  const before = home.read(cursor);
  const backups = home.backups(cursor);
  rmSync(home.path('greenlight-data/connect.json'));
  mkdirSync(home.path('greenlight-data/connect.json/x'), { recursive: true });
  await expect(async () => home.outside.decide('client:cursor', '', 'keep')).rejects.toThrow('connect.json');
  expect(() => home.connect.apply('cursor', access)).toThrow('connect.json');
  expect(home.takenBack).toHaveLength(1);
  expect(home.read(cursor)).toBe(before);
  expect(home.backups(cursor)).toEqual(backups);
});
