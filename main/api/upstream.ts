import type { ParsedParams, UpstreamStatus } from '../../shared/contract.ts';
import { lumaTool } from '../../shared/luma.ts';
import type { UpstreamSettings } from '../../shared/settings.ts';
import { UserFacingError } from '../../shared/user-facing-error.ts';
import type { UpstreamSecrets } from '../upstream/create.ts';
import { readUpstreamSecrets } from '../upstream/secrets.ts';
import type { ApiParts, Handlers } from './parts.ts';
import { compact } from './views.ts';

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
  await core.useUpstream(chosen, secrets);
  changed('upstream');
  return core.connection.refresh();
}

function split(params: ParsedParams<'upstream.set'>): [UpstreamSettings, UpstreamSecrets] {
  switch (params.kind) {
    case 'sandbox':
      return [{ kind: 'sandbox' }, {}];
    case 'http': {
      const { username, password } = new URL(params.url);
      if (username || password) {
        throw new UserFacingError(
          'invalid',
          'The address holds a user name or a password, and the settings file is no place for it. Leave it out and give the token by itself.',
        );
      }
      return [{ kind: 'http', url: params.url }, { token: params.token }];
    }
    case 'stdio': {
      const { command, args, env = {} } = params;
      return [{ kind: 'stdio', command, args, envNames: Object.keys(env) }, { env }];
    }
  }
}
