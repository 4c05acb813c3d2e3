/** What of the network Greenlight needs: its port, the upstream and the way there, a clock that is right. */
import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { delimiter, isAbsolute, join } from 'node:path';
import { request } from 'undici';
import { onPage, placeOf } from '../../shared/server-words.ts';
import type { ServerSettings } from '../../shared/settings.ts';
import { listen } from '../base/listen.ts';
import { createLogger } from '../base/log.ts';
import { createNetwork } from '../base/network/network.ts';
import { environmentProxy } from '../base/network/proxies.ts';
import { proxyErrorIn } from '../base/network/proxy-error.ts';
import { type Finding, ok, unknown, wrong } from './finding.ts';

/** Milliseconds that another machine has to answer. */
const PATIENCE = 10_000;

/** Milliseconds that a clock may be wrong. */
const SKEW = 5 * 60_000;

/** Whether a start could listen on `port`. */
export async function checkPort(port: number): Promise<Finding> {
  const server = createServer();
  try {
    await listen(server, port);
    await new Promise((resolve) => server.close(resolve));
    return ok('port', port === 0 ? 'Any free one.' : `${port} is free.`);
  } catch (error) {
    return wrong('port', (error as Error).message, 'Or choose another port (--port, or in Settings).');
  }
}

/** Whether a running Greenlight answers at its address. */
export async function checkListening(mcpUrl: string): Promise<Finding> {
  try {
    // Never through a proxy: it is this machine.
    const answer = await request(mcpUrl, { signal: AbortSignal.timeout(PATIENCE) });
    await answer.body.dump();
    return answer.statusCode === 401
      ? ok('port', `Greenlight answers at ${mcpUrl}.`)
      : wrong(
          'port',
          `What answers at ${mcpUrl} is not Greenlight (status ${answer.statusCode}).`,
          'Start Greenlight again.',
        );
  } catch (error) {
    return wrong('port', `Nothing answers at ${mcpUrl} (${causeOf(error)}).`, 'Start Greenlight again.');
  }
}

/** Whether the upstream of a server is there; `check`: what that is called; `date`: what it says the time is (ms). */
export async function checkUpstream(
  { id, upstream }: Pick<ServerSettings, 'id' | 'upstream'>,
  check: string,
): Promise<{ finding: Finding; date?: number }> {
  if (upstream.kind === 'sandbox')
    return { finding: ok(check, 'The sandbox, which is always there, and makes no video.') };
  if (upstream.kind === 'stdio')
    return { finding: checkCommand(upstream.command, check, onPage(placeOf(id))) };
  // By the very way that calls go: through proxies, with what is trusted.
  const network = createNetwork({ env: process.env, logger: createLogger(undefined, 'warn') });
  try {
    const answer = await network.fetch(upstream.url, {
      redirect: 'manual',
      signal: AbortSignal.timeout(PATIENCE),
    });
    await answer.body?.cancel();
    const date = Date.parse(answer.headers.get('date') ?? '');
    return {
      finding: ok(
        check,
        `${upstream.url} answers (${answer.status}). Whether it takes the token is known while Greenlight runs.`,
      ),
      ...(Number.isFinite(date) && { date }),
    };
  } catch (error) {
    const proxy = proxyErrorIn(error)?.message;
    return {
      finding: wrong(
        check,
        proxy === undefined
          ? `${upstream.url} cannot be reached (${causeOf(error)}).`
          : `${upstream.url} cannot be reached: ${proxy}`,
        'Check the address, the network, and the proxy below.',
      ),
    };
  }
}

function checkCommand(command: string, check: string, there: string): Finding {
  const folders = isAbsolute(command) ? [''] : (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  const endings = process.platform === 'win32' ? ['', '.exe', '.cmd'] : [''];
  const found = folders.some((folder) =>
    endings.some((ending) => {
      try {
        accessSync(join(folder, command + ending), constants.X_OK);
        return true;
      } catch {
        return false;
      }
    }),
  );
  return found
    ? ok(check, `The program ${command} is there.`)
    : wrong(
        check,
        `The program ${command} is not there, or not in the PATH.`,
        `Install it, or say ${there} where it is.`,
      );
}

/** The proxies and certificates that the environment names. */
export async function checkProxies(): Promise<Finding[]> {
  const found = ['https:', 'http:'].flatMap((protocol) => environmentProxy(process.env, protocol) ?? []);
  // Both may be named by ALL_PROXY.
  const named = [...new Map(found.map((each) => [each.from, each])).values()];
  const findings = await Promise.all(named.map(({ from, value }) => checkProxy(from, value)));
  const extra = process.env.NODE_EXTRA_CA_CERTS;
  if (extra) {
    try {
      const pem = readFileSync(extra, 'utf8').includes('-----BEGIN CERTIFICATE-----');
      findings.push(
        pem
          ? ok('certificates', `Those of ${extra} are trusted too.`)
          : wrong(
              'certificates',
              `${extra}, which NODE_EXTRA_CA_CERTS names, has no certificate in it.`,
              'Name a file in PEM form.',
            ),
      );
    } catch (error) {
      findings.push(
        wrong(
          'certificates',
          `${extra}, which NODE_EXTRA_CA_CERTS names, cannot be read (${causeOf(error)}).`,
          'Name another file, or remove the variable.',
        ),
      );
    }
  }
  return named.length === 0 ? [ok('proxy', 'The environment names none.'), ...findings] : findings;
}

async function checkProxy(name: string, value: string): Promise<Finding> {
  // Without a scheme it is an HTTP proxy, as for calls.
  const url = URL.parse(/^[a-z][a-z\d+.-]*:\/\//i.test(value) ? value : `http://${value}`);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    // It may have a password in it.
    return wrong(
      'proxy',
      `${name} is not the address of an http proxy.`,
      'Write it as http://host:port, or remove the variable.',
    );
  }
  const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
  const where = `${url.hostname}:${port}`;
  const failure = await new Promise<string | undefined>((resolve) => {
    const socket = connect({ host: url.hostname.replace(/^\[|\]$/g, ''), port, timeout: PATIENCE });
    const done = (reason?: string) => {
      socket.destroy();
      resolve(reason);
    };
    socket.once('connect', () => done());
    socket.once('timeout', () => done('no answer'));
    socket.once('error', (error) => done(causeOf(error)));
  });
  return failure === undefined
    ? ok('proxy', `${where} (${name}) is there.`)
    : wrong(
        'proxy',
        `${where}, which ${name} names, cannot be reached (${failure}).`,
        'Start or mend the proxy, or remove the variable.',
      );
}

/** Whether the clock is right, as `date` (what a server says the time is), or the newest file, tells. */
export function checkClock(home: string, date: number | undefined): Finding {
  const now = Date.now();
  if (date !== undefined) {
    const off = Math.round((now - date) / 60_000);
    return Math.abs(now - date) <= SKEW
      ? ok('clock', 'It is what the upstream’s is.')
      : wrong(
          'clock',
          `It is ${Math.abs(off)} minutes ${off > 0 ? 'ahead of' : 'behind'} the upstream’s.`,
          'Set it, or have the system set it (NTP): policies and certificates go by it.',
        );
  }
  const written = statSync(join(home, 'greenlight.db'), { throwIfNoEntry: false })?.mtimeMs;
  if (written !== undefined && written - now > SKEW)
    return wrong(
      'clock',
      'It shows a time before Greenlight last wrote: it was set back, or is wrong.',
      'Set it, or have the system set it (NTP): policies go by it.',
    );
  return written === undefined
    ? unknown('clock', 'There is nothing to compare it with.')
    : ok('clock', 'It has gone on since Greenlight last wrote.');
}

function causeOf(error: unknown): string {
  const { code, cause, message } = error as NodeJS.ErrnoException & { cause?: NodeJS.ErrnoException };
  return cause?.code ?? code ?? cause?.message ?? message;
}
