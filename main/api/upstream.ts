import { ApiError, type ParsedParams, type UpstreamStatus } from '../../shared/contract.ts';
import { lumaTool } from '../../shared/luma.ts';
import type { UpstreamSettings } from '../../shared/settings.ts';
import type { UpstreamSecrets } from '../upstream/index.ts';
import { keepUpstreamSecrets, readUpstreamSecrets } from '../upstream/secrets.ts';
import { UpstreamError } from '../upstream/upstream.ts';
import { compact } from '../views.ts';
import type { ApiParts, Handlers } from './parts.ts';

export function upstreamHandlers(
  parts: ApiParts,
): Pick<Handlers, 'upstream.get' | 'upstream.set' | 'upstream.test' | 'upstream.tools'> {
  const { connection, settings, secrets } = parts.core;
  return {
    async 'upstream.get'() {
      const chosen = settings.get().upstream;
      const kept = await readUpstreamSecrets(chosen, secrets);
      return { settings: chosen, hasToken: kept.token !== undefined, status: connection.status() };
    },
    'upstream.set': (params) => setUpstream(parts, params),
    'upstream.test': () => connection.refresh(),
    'upstream.tools': () => ({
      tools: connection.tools().map(({ name, description, inputSchema }) => {
        const luma = lumaTool(name);
        return compact({
          name,
          description,
          inputSchema,
          category: luma?.category ?? ('Other' as const),
          risk: luma?.risk ?? ('unknown' as const),
        });
      }),
    }),
  };
}

/** Makes `params` the upstream: secrets to the vault, the rest to the settings. Returns where it stands. */
export async function setUpstream(
  { core, changed }: ApiParts,
  params: ParsedParams<'upstream.set'>,
): Promise<UpstreamStatus> {
  const [chosen, secrets] = split(params);
  await keepUpstreamSecrets(chosen, secrets, core.secrets);
  try {
    await core.useUpstream(chosen);
  } catch (error) {
    if (error instanceof UpstreamError) throw new ApiError('invalid', error.message);
    throw error;
  }
  core.settings.set({ ...core.settings.get(), upstream: chosen });
  changed('upstream');
  return core.connection.refresh();
}

function split(params: ParsedParams<'upstream.set'>): [UpstreamSettings, UpstreamSecrets] {
  switch (params.kind) {
    case 'sandbox':
      return [{ kind: 'sandbox' }, {}];
    case 'http':
      return [{ kind: 'http', url: params.url }, { token: params.token }];
    case 'stdio': {
      const { command, args, env = {} } = params;
      return [{ kind: 'stdio', command, args, envNames: Object.keys(env) }, { env }];
    }
  }
}
