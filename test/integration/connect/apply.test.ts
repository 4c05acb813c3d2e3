import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, type TestOptions, test } from 'vitest';
import { UserFacingError } from '../../../shared/user-facing-error.ts';
import { skipUnless } from '../../support/skip.ts';
import { access, createHome, type Home, mcpUrl, token } from './home.ts';

const cursor = '.cursor/mcp.json';
const before = `{
    // my servers
    "mcpServers": {
        "files": { "command": "npx", "args": ["-y", "files"] },
    },
    "other": [1, 2],
}
`;
const withEntry = (secret: string) => `{
    // my servers
    "mcpServers": {
        "files": { "command": "npx", "args": ["-y", "files"] },
        "greenlight": {
            "url": "${mcpUrl}",
            "headers": {
                "Authorization": "Bearer ${secret}"
            }
        },
    },
    "other": [1, 2],
}
`;
const targetOf = (home: Home, id = 'cursor', url = mcpUrl) =>
  home.connect.targets(url).find((target) => target.id === id);

/** What `action` is refused with. */
function refusal(action: () => unknown): UserFacingError {
  try {
    action();
  } catch (error) {
    if (error instanceof UserFacingError) return error;
    throw error;
  }
  throw new Error('It was not refused.');
}

/** What is left to do after any change to Cursor's file. */
const again = 'Start Cursor again if it is running.';

describe('preview', () => {
  test('is exactly what apply does, without the token and without changing anything', () => {
    const home = createHome();
    home.write(cursor, before);
    const preview = home.connect.preview('cursor', { mcpUrl });
    expect(preview).toMatchObject({ path: home.path(cursor), before });
    expect(JSON.stringify(preview)).not.toContain(token);
    expect(home.read(cursor)).toBe(before);
    expect(readdirSync(home.path('.cursor'))).toEqual(['mcp.json']);
    expect(home.exists('greenlight-data')).toBe(false);

    const placeholder = /Bearer ([^"]+)"/.exec(preview.after)?.[1] ?? '';
    expect(preview.after).toBe(withEntry(placeholder));
    expect(preview.snippet).toContain(placeholder);
    home.connect.apply('cursor', access);
    expect(home.read(cursor)).toBe(preview.after.replace(placeholder, token));
  });

  test('of a file that is not there begins with nothing', () => {
    const preview = createHome().connect.preview('cursor', { mcpUrl });
    expect(preview.before).toBe('');
    expect(JSON.parse(preview.after).mcpServers.greenlight.url).toBe(mcpUrl);
  });
});

describe('apply', () => {
  test('changes only our entry, and keeps a backup for the owner only', () => {
    const home = createHome();
    home.write(cursor, before);
    const { backup, path } = home.connect.apply('cursor', access);
    expect(path).toBe(home.path(cursor));
    expect(home.read(cursor)).toBe(withEntry(token));
    expect(backup).toBe(home.path(`${cursor}.greenlight-backup-20261122T201300000Z`));
    const name = `.cursor/${home.backups(cursor)[0]}`;
    expect(home.read(name)).toBe(before);
    expect(home.mode(name)).toBe(0o600);
    expect(readdirSync(home.path('.cursor')).sort()).toEqual(['mcp.json', ...home.backups(cursor)].sort());
  });

  test.each([
    [0o644, 0o600],
    [0o664, 0o600],
    [0o604, 0o600],
    [0o755, 0o700],
  ])('a file of mode %o that gets a token lets nobody else in, and says so before', (mode, narrow) => {
    const home = createHome();
    home.write(cursor, before);
    chmodSync(home.path(cursor), mode);
    const note = expect.stringMatching(new RegExp(`\\(mode 0${mode.toString(8)}\\).+a file for you only`));
    expect(home.connect.preview('cursor', { mcpUrl }).notes).toEqual([note, again]);
    expect(home.mode(cursor)).toBe(mode);
    expect(home.connect.apply('cursor', access).notes).toEqual([note, again]);
    expect(home.mode(cursor)).toBe(narrow);
    expect(home.connect.preview('cursor', { mcpUrl }).notes).toEqual([again]);
    home.connect.apply('cursor', { mcpUrl, token: 'gl_second' });
    home.connect.undo('cursor');
    expect(home.read(cursor)).toBe(before);
    expect(home.mode(cursor)).toBe(mode);
  });

  test.each([0o600, 0o400])('a file of mode %o keeps it', (mode) => {
    const home = createHome();
    home.write(cursor, before);
    chmodSync(home.path(cursor), mode);
    expect(home.connect.apply('cursor', access).notes).toEqual([again]);
    expect(home.mode(cursor)).toBe(mode);
    home.connect.undo('cursor');
    expect(home.mode(cursor)).toBe(mode);
  });

  test('a token that others can get at since is told, and connecting again mends it', () => {
    const home = createHome();
    home.connect.apply('cursor', access);
    chmodSync(home.path(cursor), 0o644);
    expect(targetOf(home)?.note).toMatch(/Others on this computer can get at .+Connect again/);
    home.connect.apply('cursor', access);
    expect(home.mode(cursor)).toBe(0o600);
    expect(targetOf(home)?.note).toBeUndefined();
  });

  test('a mode that the person gave the file since is theirs', () => {
    const home = createHome();
    home.write(cursor, before);
    chmodSync(home.path(cursor), 0o644);
    home.connect.apply('cursor', access);
    chmodSync(home.path(cursor), 0o640);
    home.connect.undo('cursor');
    expect(home.mode(cursor)).toBe(0o640);
  });

  test('twice is once', () => {
    const home = createHome();
    home.write(cursor, before);
    const first = home.connect.apply('cursor', access);
    expect(home.connect.apply('cursor', access)).toEqual({
      ...first,
      notes: [again],
      takeBack: expect.any(Function),
    });
    expect(home.backups(cursor)).toHaveLength(1);
  });

  test('with a new token replaces the old one, and undo still leads to the file without Greenlight', () => {
    const home = createHome();
    home.write(cursor, before);
    home.connect.apply('cursor', access);
    home.connect.apply('cursor', { mcpUrl, token: 'gl_second' });
    expect(home.read(cursor)).toBe(withEntry('gl_second'));
    expect(home.backups(cursor)).toHaveLength(1);
    home.connect.undo('cursor');
    expect(home.read(cursor)).toBe(before);
  });

  test('keeps no token in Greenlight’s own file or log', () => {
    const home = createHome();
    home.write(cursor, before);
    home.connect.apply('cursor', access);
    expect(home.mode('greenlight-data/connect.json')).toBe(0o600);
    expect(home.read('greenlight-data/connect.json')).not.toContain(token);
    expect(home.log.join()).toContain(cursor);
    expect(home.log.join()).not.toContain(token);
  });

  test('writes through links, and the links stay', () => {
    const home = createHome();
    home.write('dotfiles/cursor.json', before);
    mkdirSync(home.path('.cursor'));
    symlinkSync('../dotfiles/cursor.json', home.path(cursor));
    home.connect.apply('cursor', access);
    expect(lstatSync(home.path(cursor)).isSymbolicLink()).toBe(true);
    expect(home.read('dotfiles/cursor.json')).toBe(withEntry(token));
    // The backup holds secrets: not among files that people publish.
    expect(home.backups(cursor)).toHaveLength(1);
    expect(readdirSync(home.path('dotfiles'))).toEqual(['cursor.json']);
    home.connect.undo('cursor');
    expect(home.read('dotfiles/cursor.json')).toBe(before);
    expect(lstatSync(home.path(cursor)).isSymbolicLink()).toBe(true);
  });

  test('a link is followed, and the preview says where it leads', () => {
    const home = createHome();
    home.write('dotfiles/cursor.json', before, 0o600);
    mkdirSync(home.path('.cursor'));
    symlinkSync('../dotfiles/cursor.json', home.path(cursor));
    const note = `${home.path(cursor)} is a link; what is changed is the file that it leads to, ${home.path('dotfiles/cursor.json')}.`;
    expect(home.connect.preview('cursor', { mcpUrl })).toMatchObject({ before, notes: [note, again] });
    expect(home.connect.apply('cursor', access).notes).toEqual([note, again]);
  });

  const posix = skipUnless(process.platform !== 'win32', 'Windows has no such pipes');
  const root = skipUnless(process.geteuid?.() === 0, 'only root can make a file of another user');
  const notFiles: [what: string, reason: string, options: TestOptions, make: (home: Home) => void][] = [
    [
      'a link to a file that is not there',
      'it is a link to something that is not there',
      {},
      (home) => symlinkSync(home.path('dotfiles/cursor.json'), home.path(cursor)),
    ],
    [
      'a link to a file of another user',
      'it is a link to a file of another user',
      root,
      (home) => {
        chownSync(home.write('theirs.json', before), 12345, 12345);
        symlinkSync(home.path('theirs.json'), home.path(cursor));
      },
    ],
    ['a pipe', 'it is no plain file', posix, (home) => execFileSync('mkfifo', [home.path(cursor)])],
    ['a folder', 'it is no plain file', {}, (home) => mkdirSync(home.path(cursor))],
  ];
  for (const [what, reason, options, make] of notFiles)
    test(`${what} is refused in words, and nothing is made`, options, () => {
      const home = createHome();
      mkdirSync(home.path('.cursor'));
      make(home);
      const all = () => readdirSync(home.home, { recursive: true }).sort();
      const stood = all();
      const said = `Could not read ${home.path(cursor)}: ${reason}. The file was not changed. Make it a plain file of yours`;
      for (const action of [
        () => home.connect.preview('cursor', { mcpUrl }),
        () => home.connect.apply('cursor', access),
      ]) {
        expect(refusal(action)).toMatchObject({
          code: 'unavailable',
          message: expect.stringContaining(said),
        });
      }
      expect(targetOf(home)?.note).toContain(said);
      expect(all()).toEqual(stood);
    });

  test('what takes the place of a file that was changed is not written through when that is undone', () => {
    const home = createHome();
    home.write(cursor, before);
    home.connect.apply('cursor', access);
    rmSync(home.path(cursor));
    symlinkSync(home.path('elsewhere.json'), home.path(cursor));
    expect(refusal(() => home.connect.undo('cursor')).message).toContain(
      'it is a link to something that is not there',
    );
    expect(home.exists('elsewhere.json')).toBe(false);
  });

  test('the address decides whether a client is connected', () => {
    const home = createHome();
    home.connect.apply('cursor', access);
    expect(targetOf(home)?.connected).toBe(true);
    expect(targetOf(home, 'cursor', 'http://127.0.0.1:5000/mcp')?.connected).toBe(false);
    expect(targetOf(home, 'windsurf')?.connected).toBe(false);
  });

  test('a file that cannot be read is refused with its place, and nothing is changed', () => {
    const home = createHome();
    const broken = '{\n  "mcpServers": {\n    "a": {}\n    "b": {}\n  }\n}\n';
    home.write(cursor, broken);
    const said = `${home.path(cursor)} is not valid JSON: line 4, column 5: comma expected.`;
    const error = refusal(() => home.connect.apply('cursor', access));
    expect(error.code).toBe('invalid');
    expect(error.message).toContain(said);
    expect(refusal(() => home.connect.preview('cursor', { mcpUrl })).message).toContain(said);
    expect(targetOf(home)).toMatchObject({ connected: false, note: expect.stringContaining(said) });
    expect(home.read(cursor)).toBe(broken);
    expect(readdirSync(home.path('.cursor'))).toEqual(['mcp.json']);
    expect(home.exists('greenlight-data')).toBe(false);
  });

  test('a file that is not text is refused', () => {
    const home = createHome();
    home.write(cursor, '');
    writeFileSync(home.path(cursor), Buffer.from('\uFEFF{}', 'utf16le'));
    expect(() => home.connect.apply('cursor', access)).toThrow('is not UTF-8 text');
  });

  test('what the file system refuses is said in words, and no trace is left', () => {
    const home = createHome();
    home.write('.cursor', 'a file where the folder should be');
    const error = refusal(() => home.connect.apply('cursor', access));
    expect(error).toMatchObject({ code: 'unavailable' });
    expect(error.message).toMatch(/mcp\.json: a part of its path is a file\. The file was not changed\.$/);
    expect(targetOf(home)?.undoable).toBe(false);
  });

  test('a file that another program writes meanwhile keeps what that wrote, and no trace is left', () => {
    // The clock is asked for the backup's name, after the file was read.
    const home: Home = createHome({ onTick: () => home.write(cursor, '{"theirs": true}') });
    home.write(cursor, before);
    const error = refusal(() => home.connect.apply('cursor', access));
    expect(error).toMatchObject({ code: 'conflict', message: expect.stringContaining('Try again') });
    expect(home.read(cursor)).toBe('{"theirs": true}');
    expect(readdirSync(home.path('.cursor'))).toEqual(['mcp.json']);
    expect(targetOf(home)?.undoable).toBe(false);
  });

  test('a damaged record of changes stops the next one, and says which file it is', () => {
    const home = createHome();
    home.write('greenlight-data/connect.json', '{');
    home.write(cursor, before);
    expect(() => home.connect.apply('cursor', access)).toThrow(
      `${home.path('greenlight-data/connect.json')}, where`,
    );
    expect(home.read(cursor)).toBe(before);
    expect(home.backups(cursor)).toEqual([]);
  });
});

describe('undo', () => {
  test('puts the file back byte for byte, and the backup is done with', () => {
    const home = createHome();
    home.write(cursor, before, 0o644);
    home.connect.apply('cursor', access);
    expect(targetOf(home)?.undoable).toBe(true);
    expect(home.connect.undo('cursor')).toEqual({ path: home.path(cursor) });
    expect(home.read(cursor)).toBe(before);
    expect(home.mode(cursor)).toBe(0o644);
    expect(home.backups(cursor)).toEqual([]);
    expect(targetOf(home)).toMatchObject({ connected: false, undoable: false });
    expect(refusal(() => home.connect.undo('cursor')).code).toBe('not_found');
  });

  test('removes a file that was not there before', () => {
    const home = createHome();
    home.connect.apply('cursor', access);
    home.connect.undo('cursor');
    expect(home.exists(cursor)).toBe(false);
  });

  test('works after the database was lost', () => {
    const home = createHome();
    home.write(cursor, before);
    home.connect.apply('cursor', access);
    const again = createHome({ env: () => ({}) });
    mkdirSync(again.dataDir);
    writeFileSync(`${again.dataDir}/connect.json`, home.read('greenlight-data/connect.json'));
    again.connect.undo('cursor');
    expect(home.read(cursor)).toBe(before);
  });

  test('keeps edits made since, and takes out only our entry', () => {
    const home = createHome();
    home.write(cursor, before);
    home.connect.apply('cursor', access);
    const edited = home.read(cursor).replace('[1, 2]', '[1, 2, 3] // more').replace('"files"', '"my files"');
    home.write(cursor, edited);
    home.connect.undo('cursor');
    expect(home.read(cursor)).toBe(
      before.replace('[1, 2]', '[1, 2, 3] // more').replace('"files"', '"my files"'),
    );
    expect(home.backups(cursor)).toHaveLength(1);
    expect(targetOf(home)?.undoable).toBe(false);
  });

  test('keeps a file that was new and has got something else since', () => {
    const home = createHome();
    home.connect.apply('cursor', access);
    const config = JSON.parse(home.read(cursor));
    config.mcpServers.files = { command: 'files' };
    home.write(cursor, JSON.stringify(config));
    home.connect.undo('cursor');
    expect(JSON.parse(home.read(cursor))).toEqual({ mcpServers: { files: { command: 'files' } } });
  });

  test('brings back an entry of the same name that was somebody else’s, edits since or not', () => {
    const theirs = '{"mcpServers": {"greenlight": {"command": "traffic-lights"}}}';
    const home = createHome();
    home.write(cursor, theirs);
    home.connect.apply('cursor', access);
    home.connect.undo('cursor');
    expect(home.read(cursor)).toBe(theirs);

    home.connect.apply('cursor', access);
    home.write(cursor, home.read(cursor).replace(/\}$/, ', "more": 1}'));
    home.connect.undo('cursor');
    expect(JSON.parse(home.read(cursor))).toEqual({ ...JSON.parse(theirs), more: 1 });
  });

  test('after edits and a second apply takes out our entry and keeps the edits', () => {
    const home = createHome();
    home.write(cursor, before);
    home.connect.apply('cursor', access);
    home.write(cursor, home.read(cursor).replace('[1, 2]', '[3]'));
    home.connect.apply('cursor', { mcpUrl, token: 'gl_second' });
    home.connect.undo('cursor');
    expect(home.read(cursor)).toBe(before.replace('[1, 2]', '[3]'));
  });

  test('of a file that is gone leaves it gone', () => {
    const home = createHome();
    home.write(cursor, before);
    home.connect.apply('cursor', access);
    rmSync(home.path(cursor));
    home.connect.undo('cursor');
    expect(home.exists(cursor)).toBe(false);
    expect(targetOf(home)?.undoable).toBe(false);
  });

  test('without its backup changes nothing and says what to do', () => {
    const home = createHome();
    home.write(cursor, before);
    const { backup = '' } = home.connect.apply('cursor', access);
    rmSync(backup);
    expect(() => home.connect.undo('cursor')).toThrow(
      /is gone.*take the entry “greenlight” out of it by hand/,
    );
    expect(home.read(cursor)).toBe(withEntry(token));
  });

  test('of a file that is broken now is refused, and can be tried again', () => {
    const home = createHome();
    home.write(cursor, before);
    home.connect.apply('cursor', access);
    const good = home.read(cursor);
    home.write(cursor, good.slice(0, -4));
    expect(() => home.connect.undo('cursor')).toThrow('is not valid JSON');
    home.write(cursor, `${good}\n`);
    home.connect.undo('cursor');
    expect(home.read(cursor)).toBe(`${before}\n`);
  });

  test('of Codex’s TOML keeps edits made since', () => {
    const home = createHome();
    const config = '.codex/config.toml';
    home.write(config, 'model = "gpt-5" # good\n');
    home.connect.apply('codex', access);
    expect(targetOf(home, 'codex')?.connected).toBe(true);
    home.write(config, `${home.read(config)}\n# mine\n[tui]\ntheme = "dark"\n`);
    home.connect.undo('codex');
    expect(home.read(config)).toBe('model = "gpt-5" # good\n\n# mine\n[tui]\ntheme = "dark"\n');
  });
});
