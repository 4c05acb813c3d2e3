import { isDeepStrictEqual } from 'node:util';
import type {
  ParsedParams,
  Result,
  SignIn,
  Tool,
  ToolDefinition,
  UpstreamStatus,
} from '../../shared/contract.ts';
import { lumaTool } from '../../shared/luma.ts';
import type { UpstreamSettings } from '../../shared/settings.ts';
import { UserFacingError } from '../../shared/user-facing-error.ts';
import { compact } from '../base/compact.ts';
import type { UpstreamSecrets } from '../upstream/create.ts';
import { forgetUpstreamSecrets, readUpstreamSecrets } from '../upstream/secrets.ts';
import type { ToolChange } from '../upstream/tools/changes.ts';
import type { ApiParts, Handlers } from './parts.ts';

export function upstreamHandlers(
  parts: ApiParts,
): Pick<
  Handlers,
  | 'upstream.get'
  | 'upstream.set'
  | 'upstream.forgetToken'
  | 'upstream.signIn'
  | 'upstream.test'
  | 'upstream.tools'
  | 'upstream.acceptTools'
> {
  const { connection, settings, secrets, signIn } = parts.core;
  signIn.onChange(() => parts.changed('upstream'));
  return {
    async 'upstream.get'() {
      const chosen = settings.get().upstream;
      // One that cannot be read is kept all the same, and can be replaced or forgotten.
      const kept = await readUpstreamSecrets(chosen, secrets).catch(() => ({ token: '' }));
      return compact({
        settings: chosen,
        hasToken: kept.token !== undefined,
        status: connection.status(),
        signIn: chosen.kind === 'http' ? signInView(parts, chosen.url) : undefined,
      });
    },
    'upstream.set': (params) => setUpstream(parts, params),
    'upstream.forgetToken': () => forgetToken(parts),
    'upstream.signIn': () => beginSignIn(parts),
    'upstream.test': () => connection.refresh(),
    'upstream.tools': () => ({
      tools: connection.tools().map(({ name, title, annotations, description, inputSchema }) => {
        const luma = lumaTool(name);
        const change = connection.change(name);
        return compact({
          name,
          title: title ?? (typeof annotations?.title === 'string' ? annotations.title : undefined),
          description,
          inputSchema,
          category: luma?.category ?? ('Other' as const),
          risk: luma?.risk ?? ('unknown' as const),
          change: change && changeView(change, parts.views),
        });
      }),
    }),
    'upstream.acceptTools': (params) => acceptTools(parts, params),
  };
}

/** Accepts all of the changes, or none. */
function acceptTools(
  { core }: ApiParts,
  { tools }: ParsedParams<'upstream.acceptTools'>,
): Result<'upstream.acceptTools'> {
  const { connection, gate } = core;
  if (!connection.accept(tools)) {
    throw new UserFacingError(
      'conflict',
      'The server has changed a tool again since it was shown, so nothing was accepted. Look at it again.',
    );
  }
  gate.toolsAccepted(new Set(tools.map(({ name }) => name)));
  return { done: true };
}

function changeView(
  { digest, seenAt, before, after }: ToolChange,
  { iso }: ApiParts['views'],
): NonNullable<Tool['change']> {
  const view = ({ title, description, inputSchema, outputSchema, annotations }: ToolDefinition) =>
    compact({ title, description, inputSchema, outputSchema, annotations });
  return compact({ digest, seenAt: iso(seenAt), before: before && view(before), after: view(after) });
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

function signInView({ core, views }: ApiParts, url: string): SignIn {
  const { until, ...status } = core.signIn.status(url);
  return compact({ ...status, until: until === undefined ? undefined : views.iso(until) });
}

/** Begins to sign in to the upstream in use, which is used so once the person has done it. */
async function beginSignIn({ core, changed }: ApiParts): Promise<Result<'upstream.signIn'>> {
  const chosen = core.settings.get().upstream;
  if (chosen.kind !== 'http')
    throw new UserFacingError(
      'conflict',
      'Only a server at an address can be signed in to. Choose one first.',
    );
  const page = await core.signIn.begin(chosen.url, async (signedIn) => {
    if (!isDeepStrictEqual(core.settings.get().upstream, chosen))
      throw new UserFacingError(
        'conflict',
        'Another upstream was chosen meanwhile, so this sign-in is not used. Choose that server again, then sign in.',
      );
    await core.useUpstream(chosen, { signedIn });
    changed('upstream');
    await core.connection.refresh();
  });
  return { page };
}

/** Forgets the upstream's secrets, in the vault and in the connection, which is made anew without them. */
async function forgetToken({ core, changed }: ApiParts): Promise<Result<'upstream.forgetToken'>> {
  const chosen = core.settings.get().upstream;
  const signedIn = chosen.kind === 'http' && ['in', 'over'].includes(core.signIn.status(chosen.url).state);
  await core.signIn.leave();
  if (!(await forgetUpstreamSecrets(chosen, core.secrets)))
    throw new UserFacingError('not_found', 'No token is kept for this upstream.');
  const gone =
    chosen.kind === 'stdio'
      ? `The values of ${chosen.envNames.join(', ')} are forgotten.`
      : signedIn
        ? 'You are signed out.'
        : 'The token is forgotten.';
  try {
    await core.useUpstream(chosen.kind === 'stdio' ? { ...chosen, envNames: [] } : chosen, {});
  } catch (error) {
    const why = error instanceof UserFacingError ? ` ${error.message}` : '';
    throw new UserFacingError(
      'unavailable',
      `${gone} The connection that is open goes on with what it was given until Greenlight ends: it could not be made anew.${why}`,
      { cause: error },
    );
  }
  changed('upstream');
  const status = await core.connection.refresh();
  return { message: `${gone} ${afterwards(status, signedIn)}`, status };
}

/** Where an upstream stands that was just left without its secrets, as a sentence. */
function afterwards({ status, message }: UpstreamStatus, signedIn: boolean): string {
  switch (status) {
    case 'connected':
      return 'The upstream answers all the same.';
    case 'unauthorized':
      return signedIn
        ? 'The upstream takes no call until you sign in again, or enter a token.'
        : 'The upstream takes no call without one: enter another one to use it.';
    case 'starting':
    case 'unreachable':
      return message ?? 'The upstream does not answer at the moment.';
  }
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
