import { homedir } from 'node:os';
import { isDeepStrictEqual } from 'node:util';
import { argumentVariable, variablesNamed, withVariables } from '../../shared/argument-variable.ts';
import type {
  ParsedParams,
  Result,
  SignIn,
  Tool,
  ToolDefinition,
  UpstreamStatus,
} from '../../shared/contract.ts';
import { hideInAddress, hideSecrets } from '../../shared/hide-secrets.ts';
import { LUMA } from '../../shared/server-id.ts';
import type { UpstreamSettings } from '../../shared/settings.ts';
import { againstHeader } from '../../shared/upstream-header.ts';
import { UserFacingError } from '../../shared/user-facing-error.ts';
import { compact } from '../base/compact.ts';
import { inTurns } from '../base/turns.ts';
import { checkTyped } from '../connect/typed.ts';
import type { Server } from '../servers/servers.ts';
import type { UpstreamSecrets } from '../upstream/create.ts';
import { forgetUpstreamSecrets, readUpstreamSecrets } from '../upstream/secrets.ts';
import type { SignedIn } from '../upstream/sign-in/index.ts';
import { digestOf, type ToolChange } from '../upstream/tools/changes.ts';
import { findServer } from './find-server.ts';
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
  | 'upstream.correctTool'
> {
  const { core, changed, views } = parts;
  core.servers.onSignIn(() => changed('upstream'));
  return {
    async 'upstream.get'({ server: id }) {
      const { server, settings } = findServer(core, id);
      const chosen = settings.upstream;
      // One that cannot be read is kept all the same, and can be replaced or forgotten.
      const kept = await readUpstreamSecrets(chosen, server.secrets).catch(() => ({ token: '' }));
      return compact({
        settings: chosen,
        hasToken: kept.token !== undefined,
        status: server.connection.status(),
        signIn: chosen.kind === 'http' ? signInView(server, chosen.url, views) : undefined,
      });
    },
    'upstream.set': ({ server: id, ...params }) =>
      setUpstream(parts, typed(params, findServer(core, id).settings.upstream), id),
    'upstream.forgetToken': ({ server }) => forgetToken(parts, server),
    'upstream.signIn': ({ server }) => beginSignIn(parts, server),
    'upstream.test': ({ server }) => findServer(core, server).server.connection.refresh(),
    async 'upstream.tools'({ server: id }) {
      const { connection } = findServer(core, id).server;
      const found: Tool[] = [];
      await inTurns(connection.tools(), (tool) => {
        const { name, title, annotations, description, inputSchema } = tool;
        const change = connection.change(name);
        const view = compact({
          name,
          title: title ?? (typeof annotations?.title === 'string' ? annotations.title : undefined),
          description,
          inputSchema,
          digest: digestOf(tool),
          ...connection.describe(tool),
          change: change && changeView(change, views),
        });
        found.push(view);
        return JSON.stringify(inputSchema).length + (description?.length ?? 0);
      });
      return { tools: found };
    },
    'upstream.acceptTools': (params) => acceptTools(parts, params),
    'upstream.correctTool': (params) => correctTool(parts, params),
  };
}

/** Accepts all of the changes, or none. */
function acceptTools(
  { core }: ApiParts,
  { server: id, tools }: ParsedParams<'upstream.acceptTools'>,
): Result<'upstream.acceptTools'> {
  const { server } = findServer(core, id);
  if (!server.connection.accept(tools)) {
    throw new UserFacingError(
      'conflict',
      'The server has changed a tool again since it was shown, so nothing was accepted. Look at it again.',
    );
  }
  core.gate.toolsAccepted(server.id, new Set(tools.map(({ name }) => name)));
  return { done: true };
}

/** What the person says that a tool does is what counts from now on: what is asked of it is judged anew. */
function correctTool(
  { core, changed }: ApiParts,
  { server: id, name, digest, category }: ParsedParams<'upstream.correctTool'>,
): Result<'upstream.correctTool'> {
  const { server } = findServer(core, id);
  if (!server.connection.correct(name, digest, category)) {
    throw new UserFacingError(
      'conflict',
      'The server has changed this tool since it was shown, so nothing was kept. Look at it again.',
    );
  }
  changed('upstream');
  core.gate.toolsCorrected(server.id, new Set([name]));
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

/** Makes `chosen` the upstream of the server `id`: secrets to the vault, the rest to the settings. Returns where it stands. */
export async function setUpstream(
  { core, changed }: ApiParts,
  chosen: [UpstreamSettings, UpstreamSecrets],
  id: string = LUMA,
): Promise<UpstreamStatus> {
  const { server } = findServer(core, id);
  await core.servers.useUpstream(id, ...chosen);
  changed('upstream');
  return server.connection.refresh();
}

function signInView({ signIn }: Server, url: string, { iso }: ApiParts['views']): SignIn {
  const { until, ...status } = signIn.status(url);
  return compact({ ...status, until: until === undefined ? undefined : iso(until) });
}

/** Begins to sign in to the upstream in use of the server `id`, which is used so once the person has done it. */
async function beginSignIn(
  { core, changed }: ApiParts,
  id: string = LUMA,
): Promise<Result<'upstream.signIn'>> {
  const { server, settings } = findServer(core, id);
  const chosen = settings.upstream;
  if (chosen.kind !== 'http')
    throw new UserFacingError(
      'conflict',
      'Only a server at an address can be signed in to. Choose one first.',
    );
  const use = async (signedIn: SignedIn) => {
    if (!isDeepStrictEqual(core.servers.settingsOf(id)?.upstream, chosen))
      throw new UserFacingError(
        'conflict',
        'Another upstream was chosen meanwhile, so this sign-in is not used. Choose that server again, then sign in.',
      );
    await core.servers.useUpstream(id, chosen, { signedIn });
    changed('upstream');
    await server.connection.refresh();
  };
  return { page: await server.signIn.begin(chosen.url, use, await filledIn(chosen, server)) };
}

/** The address of `chosen` with what is kept of it. Throws a {@link UserFacingError} where that is not there. */
async function filledIn(chosen: UpstreamSettings & { kind: 'http' }, { secrets }: Server): Promise<string> {
  const named = variablesNamed(chosen.url);
  // What is not needed may be there unreadable.
  if (named.length === 0) return chosen.url;
  const { env = {} } = await readUpstreamSecrets(chosen, secrets, { token: '' });
  const missing = named.find((name) => !Object.hasOwn(env, name));
  if (missing !== undefined)
    throw new UserFacingError(
      'conflict',
      `The value of ${missing}, which stands in the address, is not kept any more. Enter the whole address again, then sign in.`,
    );
  return withVariables(chosen.url, env);
}

/** Forgets the upstream's secrets, in the vault and in the connection, which is made anew without them. */
async function forgetToken(
  { core, changed }: ApiParts,
  id: string = LUMA,
): Promise<Result<'upstream.forgetToken'>> {
  const { server, settings } = findServer(core, id);
  const chosen = settings.upstream;
  const signedIn = chosen.kind === 'http' && ['in', 'over'].includes(server.signIn.status(chosen.url).state);
  const { token } = await readUpstreamSecrets(chosen, server.secrets).catch(() => ({ token: '' }));
  await server.signIn.leave();
  if (!(await forgetUpstreamSecrets(chosen, server.secrets)))
    throw new UserFacingError('not_found', 'No token is kept for this upstream.');
  const names = chosen.kind === 'sandbox' ? [] : namesOf(chosen);
  const values = names.length > 0 ? `The values of ${names.join(', ')} are forgotten.` : undefined;
  const whole =
    chosen.kind === 'stdio' || (token === undefined && !signedIn && values !== undefined)
      ? undefined
      : signedIn
        ? 'You are signed out.'
        : 'The token is forgotten.';
  const gone = [whole, values].filter(Boolean).join(' ');
  try {
    await core.servers.useUpstream(id, withoutSecrets(chosen), {});
  } catch (error) {
    const why = error instanceof UserFacingError ? ` ${error.message}` : '';
    throw new UserFacingError(
      'unavailable',
      `${gone} The connection that is open goes on with what it was given until Greenlight ends: it could not be made anew.${why}`,
      { cause: error },
    );
  }
  changed('upstream');
  const status = await server.connection.refresh();
  return { message: `${gone} ${afterwards(status, signedIn)}`, status };
}

/** What is kept for an upstream, beside a token, by name. */
const namesOf = ({ envNames = [], ...more }: Exclude<UpstreamSettings, { kind: 'sandbox' }>) => [
  ...envNames,
  ...('headerNames' in more ? (more.headerNames ?? []) : []),
];

function withoutSecrets(settings: UpstreamSettings): UpstreamSettings {
  switch (settings.kind) {
    case 'sandbox':
      return settings;
    case 'http':
      return { kind: 'http', url: settings.url };
    case 'stdio':
      return { ...settings, envNames: [] };
  }
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

/** An upstream as the person gives it. */
type GivenUpstream =
  | { kind: 'sandbox' }
  | {
      kind: 'http';
      url: string;
      token?: string | undefined;
      headers?: Record<string, string> | undefined;
    }
  | {
      kind: 'stdio';
      command: string;
      args: string[];
      env?: Record<string, string> | undefined;
      cwd?: string | undefined;
    };

/**
 * What of an upstream that the person typed goes to the settings, and what to the vault; `now`: what it takes the place
 * of. Secrets among its arguments, or in its address, go to the vault as well, and what it names of those that are kept
 * stays. Throws a {@link UserFacingError} where its command would be another one here, or a header cannot be sent.
 */
export function typed(
  params: GivenUpstream,
  now: UpstreamSettings | undefined,
): [UpstreamSettings, UpstreamSecrets] {
  switch (params.kind) {
    case 'sandbox':
      return given(params);
    case 'http':
      return typedAddress(params, now);
    case 'stdio': {
      const same = now?.kind === 'stdio' && now.command === params.command;
      const kept = keptOf(params.args.join('\0'), same ? now.envNames : [], params.env);
      const { command, args, env, cwd } = checkTyped(
        { ...params, env: { ...kept, ...params.env } },
        homedir(),
      );
      const hidden = hideSecrets(command, args, { taken: env });
      const envNames = [...new Set([...Object.keys(env), ...Object.keys(hidden.env)])];
      return [
        compact({ kind: 'stdio' as const, command, args: hidden.args, envNames, cwd }),
        { env: { ...params.env, ...hidden.env } },
      ];
    }
  }
}

function typedAddress(
  { url, token, headers }: Extract<GivenUpstream, { kind: 'http' }>,
  now: UpstreamSettings | undefined,
): [UpstreamSettings, UpstreamSecrets] {
  const { origin, username, password } = new URL(url);
  // What is kept is kept for a host.
  const same = now?.kind === 'http' && new URL(now.url).origin === origin ? now : undefined;
  const kept = keptOf(url, same?.envNames ?? [], {});
  const missing = variablesNamed(url).find((name) => !Object.hasOwn(kept, name));
  if (missing !== undefined)
    throw new UserFacingError(
      'invalid',
      `${argumentVariable(missing)} stands in the address, and no value of ${missing} is kept for it. Enter the whole address.`,
    );
  for (const [name, value] of Object.entries(headers ?? {})) {
    const against = againstHeader(name, value);
    if (against !== undefined) throw new UserFacingError('invalid', `The header “${name}” ${against}.`);
  }
  const hidden = username || password ? { url, env: {} } : hideInAddress(url, { taken: kept });
  const envNames = [...Object.keys(kept), ...Object.keys(hidden.env)];
  const headerNames = headers === undefined ? (same?.headerNames ?? []) : Object.keys(headers);
  return [
    {
      kind: 'http',
      url: hidden.url,
      ...(envNames.length > 0 && { envNames }),
      ...(headerNames.length > 0 && { headerNames }),
    },
    compact({
      token,
      env: envNames.length > 0 ? hidden.env : undefined,
      headers,
    }),
  ];
}

/** Those of the variables `names`, which are kept, that `text` names and that are not given anew; their values are not known here. */
function keptOf(
  text: string,
  names: readonly string[],
  given: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const named = variablesNamed(text).filter((name) => names.includes(name) && !Object.hasOwn(given, name));
  return Object.fromEntries(named.map((name) => [name, '']));
}

/** What of an upstream goes to the settings, and what to the vault, as it is. */
export function given(params: GivenUpstream): [UpstreamSettings, UpstreamSecrets] {
  switch (params.kind) {
    case 'sandbox':
      return [{ kind: 'sandbox' }, {}];
    case 'http':
      return [{ kind: 'http', url: params.url }, { token: params.token }];
    case 'stdio': {
      const { command, args, env = {}, cwd } = params;
      return [compact({ kind: 'stdio' as const, command, args, envNames: Object.keys(env), cwd }), { env }];
    }
  }
}
