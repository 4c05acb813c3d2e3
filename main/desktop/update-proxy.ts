import { environmentProxy } from '../base/network/proxies.ts';

/** What Greenlight uses of Electron's session that updates are fetched with. */
export interface UpdateSession {
  setProxy(rules: { proxyRules: string; proxyBypassRules: string }): Promise<void>;
}

/**
 * Has `session`, which goes by the system's settings, go by the proxies of `env` where that names any, as all else does.
 * Returns what to answer a proxy that asks for a name and a password.
 */
export async function useProxyOf(
  env: NodeJS.ProcessEnv,
  session: UpdateSession | undefined,
): Promise<{ username: string; password: string } | undefined> {
  const [secure, plain] = ['https:', 'http:'].map((protocol) => {
    const { value = '' } = environmentProxy(env, protocol) ?? {};
    return URL.parse(value.includes('://') ? value : `http://${value}`);
  });
  const rules = Object.entries({ https: secure, http: plain }).flatMap(([scheme, url]) =>
    url ? [`${scheme}=${url.protocol}//${url.host}`] : [],
  );
  if (session === undefined || rules.length === 0) return undefined;
  const exempt = (env.no_proxy || env.NO_PROXY || '').split(/[\s,;]+/).filter(Boolean);
  await session.setProxy({
    proxyRules: rules.join(';'),
    // There a name is that host alone; here what is below it is exempt as well.
    proxyBypassRules: exempt
      .flatMap((entry) => (/^[*.]|^[\d.:[\]/a-f]+$/i.test(entry) ? [entry] : [entry, `.${entry}`]))
      .join(','),
  });
  const { username = '', password = '' } = secure ?? plain ?? {};
  return username
    ? { username: decodeURIComponent(username), password: decodeURIComponent(password) }
    : undefined;
}
