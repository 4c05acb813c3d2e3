import { type Dispatcher, Pool } from 'undici';
import { variablesNamed, withVariables } from '../../../shared/argument-variable.ts';
import { MASK } from '../../../shared/mask.ts';
import { onPage, type Place } from '../../../shared/server-words.ts';
import { UserFacingError } from '../../../shared/user-facing-error.ts';
import type { Network } from '../../base/network/network.ts';
import type { Credentials } from '../credentials.ts';
import { type Upstream, type UpstreamAnswer, UpstreamError, type UpstreamRequest } from '../upstream.ts';
import { AnswerBody } from './body.ts';
import { explainFailure } from './failure.ts';
import { bearContinue } from './interim.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** What {@link createHttpUpstream} needs to know; the timeouts are in milliseconds and only tests shorten them. */
export interface HttpUpstreamSettings {
  /** With the values of `env` in the place of variables that it names (shared/argument-variable.ts). */
  url: string;
  env?: Record<string, string> | undefined;
  /** Sent with each request; nothing is sent where one of `headerNames` is not there. */
  headers?: Record<string, string> | undefined;
  headerNames?: readonly string[] | undefined;
  /** Sent as bearer token when there is one. */
  token?: string | undefined;
  /** In place of a token. */
  credentials?: Credentials | undefined;
  network: Network;
  /** The page on which the person sees to it; *Settings* where it is not said. */
  place?: Place;
  connectTimeout?: number;
  /** How long an answer may take to begin, asked with each request. */
  answerTimeout?: (() => number) | undefined;
}

/**
 * An MCP server behind streamable HTTP. Each request is sent once: nothing is retried (but what a sign-in that ran out
 * kept from being looked at), no redirect is followed. An answer of any status is an answer; what to make of it is the
 * proxy's business.
 *
 * @throws {UserFacingError} when the token cannot be sent as a header
 */
export function createHttpUpstream(settings: HttpUpstreamSettings): Upstream {
  const { credentials, place = 'Settings', env = {} } = settings;
  const url = new URL(withVariables(settings.url, env));
  const { origin } = url;
  const missing = missingIn(settings);
  const own = Object.fromEntries(
    Object.entries(settings.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const secrets = [...Object.values(env).flatMap(partsOf), ...Object.values(own).flatMap(withoutScheme)];
  const path = url.pathname + url.search;
  const authorization = authorizationOf(url, settings.token, place);
  const connect = settings.network.connector({ timeout: settings.connectTimeout ?? 10 * SECOND });
  const pool = new Pool(origin, {
    allowH2: false,
    connect: (options, connected) =>
      connect(options, (...[error, socket]) =>
        error ? connected(error, null) : connected(null, bearContinue(socket)),
      ),
    // An event stream may stay silent for as long as its session lasts.
    bodyTimeout: 0,
  });

  function send(request: UpstreamRequest, authorization: string | undefined): Promise<UpstreamAnswer> {
    if (missing !== undefined)
      return Promise.reject(
        new UpstreamError(
          `The value of ${missing.what} of the upstream at ${origin}, is not kept any more. Enter ${missing.enter} again ${onPage(place)}.`,
          { reached: false },
        ),
      );
    const headers = { ...request.headers, ...own, ...(authorization && { authorization }) };
    return exchange(
      pool,
      {
        path,
        method: request.method,
        headers,
        body: request.body ?? null,
        headersTimeout: settings.answerTimeout?.() ?? 5 * MINUTE,
      },
      request,
      { origin, place, secrets },
    );
  }

  /** A token that is refused is renewed once: 401 says that the request was turned away, so it may be sent again. */
  async function sendAs(who: Credentials, request: UpstreamRequest): Promise<UpstreamAnswer> {
    const token = await who.token();
    const answer = await send(request, `Bearer ${token}`);
    if (answer.status !== 401) return answer;
    const next = await who.renewed(token);
    if (next === undefined) return answer;
    await answer.body[Symbol.asyncIterator]().return?.();
    return send(request, `Bearer ${next}`);
  }

  return {
    kind: 'http',
    credentials,
    withoutToken: credentials === undefined && (authorization ?? own.authorization) === undefined,
    send(request) {
      return credentials ? sendAs(credentials, request) : send(request, authorization);
    },
    close: () => pool.destroy(),
  };
}

/** What is to be sent with each request, and is not kept. */
function missingIn({ url, env = {}, headers = {}, headerNames = [] }: HttpUpstreamSettings) {
  const variable = variablesNamed(url).find((name) => !Object.hasOwn(env, name));
  if (variable !== undefined)
    return { what: `${variable}, which stands in the address`, enter: 'the whole address' };
  const header = headerNames.find((name) => !Object.hasOwn(headers, name));
  return header === undefined
    ? undefined
    : { what: `${header}, which is one of the headers`, enter: 'all of its headers' };
}

/**
 * One request through undici's dispatcher, the level under `pool.request`: it tells exactly whether the
 * request was handed to a connection (`reached`), and spares a Node stream per answer.
 */
function exchange(
  pool: Pool,
  options: Dispatcher.DispatchOptions,
  { signal }: UpstreamRequest,
  { origin, place, secrets }: { origin: string; place: Place; secrets: readonly string[] },
): Promise<UpstreamAnswer> {
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | undefined;
    let body: AnswerBody | undefined;

    const abort = () =>
      fail(new UpstreamError('The request was cancelled.', { reached: controller !== undefined }));
    function fail(error: UpstreamError) {
      signal.removeEventListener('abort', abort);
      reject(error);
      body?.fail(error);
      if (controller && !controller.aborted) controller.abort(error);
    }

    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    pool.dispatch(options, {
      onRequestStart(started) {
        controller = started;
        if (signal.aborted)
          started.abort(new UpstreamError('The request was cancelled.', { reached: false }));
      },
      onResponseStart(started, status, headers) {
        if (status < 200) return;
        const encoding = headers['content-encoding'];
        const readable = encoding === undefined || encoding === 'identity';
        if (!readable && status < 300) return fail(compressed(origin, String(encoding)));
        body = new AnswerBody(started, readable);
        resolve({
          status,
          header(name) {
            const value = headers[name];
            return Array.isArray(value) ? value.join(', ') : value;
          },
          body,
          redact: (text) => withoutCredential(text, options.headers, secrets),
        });
      },
      onResponseData: (_controller, chunk) => body?.push(chunk),
      onResponseEnd() {
        signal.removeEventListener('abort', abort);
        body?.end();
      },
      onResponseError(_controller, error) {
        const reached = controller !== undefined;
        fail(error instanceof UpstreamError ? error : explainFailure(error, { origin, reached, place }));
      },
    });
  });
}

function compressed(origin: string, encoding: string): UpstreamError {
  return new UpstreamError(
    `The upstream at ${origin} answered with a compressed body (${encoding}) though none was asked for, so it is not read. Ask its operator to turn that off.`,
    { reached: true },
  );
}

/** Shorter ones are no secrets, and stand everywhere: `X-Readonly: true`. */
const SHORTEST_SECRET = 8;

/** What stands in an address, and its parts as a server reads them: it may say one of them only. */
const partsOf = (text: string) => [
  text,
  ...text.split(/[/?&=#]/).flatMap((part) => [part, ...new URLSearchParams(`=${part}`).values()]),
];

/** The value of a header, and what is in it behind a word such as `Token`. */
const withoutScheme = (text: string) => [text, text.replace(/^\S+\s+/, '')];

/** A server may say in its error which credential, or which of `secrets`, it was sent. */
function withoutCredential(
  text: string,
  headers: Dispatcher.DispatchOptions['headers'],
  secrets: readonly string[],
): string {
  const { authorization } = (headers ?? {}) as Record<string, string>;
  const credential = authorization?.replace(/^\S+ /, '');
  const others = secrets.filter(({ length }) => length >= SHORTEST_SECRET);
  return [...(credential ? [credential] : []), ...others]
    .sort((a, b) => b.length - a.length)
    .reduce((said, secret) => said.replaceAll(secret, MASK), text);
}

/** The token wins over a user name and password in the URL. */
function authorizationOf(url: URL, token: string | undefined, place: Place): string | undefined {
  // What is pasted often carries a line end.
  const bearer = token?.trim();
  if (bearer) {
    if (!/^[\x21-\x7e]+$/.test(bearer)) {
      throw new UserFacingError(
        'invalid',
        `The upstream token holds a space or a character that cannot be sent. Copy it again and save it ${onPage(place)}.`,
      );
    }
    return `Bearer ${bearer}`;
  }
  if (!url.username && !url.password) return undefined;
  const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}
