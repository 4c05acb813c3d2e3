/** A change of settings.json by another program waits while the person changes servers in the window. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { keptSecrets } from '../../../main/ledger/kept-secrets.ts';
import { startHttpUpstream } from '../../servers/http.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { startWithApi, type WithApi } from '../../support/servers.ts';
import { until } from '../../support/wait.ts';

const TOKEN = 'a-token-of-three';

let dataDir: string;
let greenlight: WithApi;
const call: WithApi['call'] = (...asked) => greenlight.call(...asked);

beforeEach(async () => {
  dataDir = temporaryFolder();
  greenlight = await startWithApi(dataDir);
});

/** What waits, as a window has it. */
async function shown() {
  const [change] = (await call('outside.list')).changes;
  return { id: change?.id ?? '', digest: change?.digest ?? '', before: change?.before, after: change?.after };
}
const use = ({ id, digest }: { id: string; digest: string }) =>
  call('outside.decide', { id, digest, answer: 'use' });

/** Another program calls the server two otherwise; returns what the person sees. */
async function renamedByAnother() {
  const path = join(dataDir, 'settings.json');
  writeFileSync(path, readFileSync(path, 'utf8').replace('"Two"', '"Zwei"'));
  await until(async () => (await shown()).id !== '');
  return shown();
}
const serversNow = async () =>
  (await call('servers.list')).servers.slice(1).map(({ id, name, policyId }) => [id, name, policyId]);

test('a server that was added since, with its token and clients, stays; who saw the change before is asked to look again', async () => {
  const upstream = await startHttpUpstream({ token: TOKEN });
  onTestFinished(() => upstream.close());
  const { policyId: ofTwo } = await call('servers.add', { name: 'Two', kind: 'sandbox' });
  const seen = await renamedByAnother();
  greenlight.changes.length = 0;
  const added = await call('servers.add', { name: 'Three', kind: 'http', url: upstream.url, token: TOKEN });
  expect(greenlight.changes).toContain('outside');
  const { id } = await call('clients.create', { label: 'C', servers: ['three'] });
  await expect(use(seen)).rejects.toThrow(/changed again since it was shown.*Look at it again/);
  const again = await shown();
  for (const settings of [again.before, again.after]) expect(JSON.stringify(settings)).toContain('three');
  await use(again);
  expect(await serversNow()).toEqual([
    ['two', 'Zwei', ofTwo],
    ['three', 'Three', added.policyId],
  ]);
  expect(await call('servers.test', { id: 'three' })).toMatchObject({ status: 'connected' });
  expect(keptSecrets(greenlight.core.database)).toEqual([
    `server three: upstream-token ${new URL(upstream.url).origin}`,
  ]);
  const client = (await call('clients.list')).clients.find((one) => one.id === id);
  expect(client?.servers).toMatchObject([{ id: 'three' }]);
});

test('the stricter policy that was chosen since stays', async () => {
  const save = async (name: string, otherwise: string) => {
    const document = { version: '1', server: 'two', default: otherwise, tools: {} };
    const saved = await call('policies.save', { name, document });
    return 'id' in saved ? saved.id : '';
  };
  await call('servers.add', { name: 'Two', kind: 'sandbox' });
  const [loose, strict] = [await save('Loose', 'allow'), await save('Strict', 'deny')];
  await call('servers.update', { id: 'two', policyId: loose });
  const seen = await renamedByAnother();
  await call('servers.update', { id: 'two', policyId: strict });
  await expect(use(seen)).rejects.toThrow(/Look at it again/);
  expect(await serversNow()).toEqual([['two', 'Two', strict]]);
  await use(await shown());
  expect(await serversNow()).toEqual([['two', 'Zwei', strict]]);
});

test('what is being added while the change is used is not removed by it', async () => {
  await call('servers.add', { name: 'Two', kind: 'sandbox' });
  const seen = await renamedByAnother();
  const [added, used] = await Promise.allSettled([
    call('servers.add', { name: 'Three', kind: 'sandbox' }),
    use(seen),
  ]);
  expect(added.status).toBe('fulfilled');
  expect(used).toMatchObject({ reason: { message: expect.stringMatching(/Look at it again/) } });
  expect((await serversNow()).map(([id]) => id)).toEqual(['two', 'three']);
});
