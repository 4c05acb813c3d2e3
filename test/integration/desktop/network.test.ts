import { expect, onTestFinished, test } from 'vitest';
import { useProxyOf } from '../../../main/desktop/update-proxy.ts';
import { startConnectProxy } from '../../servers/connect-proxy.ts';
import { startHttpUpstream } from '../../servers/http.ts';
import { startTestDesktop } from '../../support/electron/desktop.ts';

test('the upstream is reached by the proxy of the system’s settings, as they are at the time', async () => {
  const server = await startHttpUpstream();
  onTestFinished(() => server.close());
  const proxy = await startConnectProxy({ leadTo: Number(new URL(server.url).port) });
  onTestFinished(() => proxy.close());
  const asked: string[] = [];
  let says = 'PROXY 127.0.0.1:9';
  const desktop = await startTestDesktop({
    settings: { upstream: { kind: 'http', url: 'http://luma.example/mcp' } },
    before: (electron) =>
      electron.session.setProxies((url) => {
        asked.push(url);
        return says;
      }),
  });
  onTestFinished(() => desktop.stop());
  const status = await desktop.call('upstream.test', {});
  expect(status).toMatchObject({ status: 'unreachable' });
  expect(status.message).toMatch(/the proxy http:\/\/127.0.0.1:9 \(of the system’s proxy settings\) refused/);
  says = `PROXY ${new URL(proxy.url).host}; DIRECT`;
  expect(await desktop.call('upstream.test', {})).toMatchObject({ status: 'connected' });
  expect(new Set(asked)).toEqual(new Set(['http://luma.example/']));
  expect(new Set(proxy.asked)).toEqual(new Set(['luma.example:80']));
});

test('updates go by the proxies of the environment, and else by the system’s settings', async () => {
  const rules: object[] = [];
  const session = { setProxy: async (next: object) => void rules.push(next) };
  expect(await useProxyOf({}, session)).toBeUndefined();
  expect(await useProxyOf({ NO_PROXY: '*' }, session)).toBeUndefined();
  expect(rules).toEqual([]);
  expect(
    await useProxyOf({ HTTPS_PROXY: 'http://one:3128', NO_PROXY: 'a.example, .b,10.0.0.0/8,*' }, session),
  ).toBe(undefined);
  const known = await useProxyOf({ all_proxy: 'me:p%40ss@two:1' }, session);
  expect(known).toEqual({ username: 'me', password: 'p@ss' });
  expect(rules).toEqual([
    { proxyRules: 'https=http://one:3128', proxyBypassRules: 'a.example,.a.example,.b,10.0.0.0/8,*' },
    { proxyRules: 'https=http://two:1;http=http://two:1', proxyBypassRules: '' },
  ]);
});
