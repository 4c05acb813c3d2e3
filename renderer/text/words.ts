import type { ActivityRow, UpstreamStatus, Would } from '../../shared/contract.ts';
import { lumaToolOn } from '../../shared/luma.ts';
import { LUMA } from '../../shared/server-id.ts';

export { costWords } from '../../shared/cost.ts';

/** What `tool` is for, as a name: "Make a video"; undefined for a tool that is not Luma's, whatever it is called. */
export function toolWords(tool: string, server: string = LUMA): string | undefined {
  const does = lumaToolOn(server, tool)?.does;
  return does && does.charAt(0).toUpperCase() + does.slice(1);
}

/** What a call of `tool` is about, after the client's name; undefined for a tool that is not Luma's. */
export function wants(tool: string, server: string): string | undefined {
  return phrase('wants to', tool, server);
}

/** The same of a call that is over. */
export function wanted(tool: string, server: string): string | undefined {
  return phrase('wanted to', tool, server);
}

function phrase(before: string, tool: string, server: string): string | undefined {
  const does = lumaToolOn(server, tool)?.does;
  return does && `${before} ${does}`;
}

/** What became of a call, in a word or two, and how it should look. */
export function outcomeWords(row: ActivityRow): { text: string; tone: 'good' | 'bad' | 'warn' | 'quiet' } {
  switch (row.outcome) {
    case 'pending':
      return { text: 'Waiting', tone: 'warn' };
    case 'waiting':
      return { text: 'Told to call again', tone: 'warn' };
    case 'denied':
      return { text: 'Denied', tone: 'bad' };
    case 'expired':
      return { text: 'Expired', tone: 'quiet' };
    case 'withdrawn':
      return { text: 'Withdrawn', tone: 'quiet' };
    case 'interrupted':
      return { text: 'Interrupted', tone: 'quiet' };
    case 'allowed':
      return row.forwarded ? allowedWords(row.result) : { text: 'Allowed, not sent', tone: 'quiet' };
  }
}

function allowedWords(result: ActivityRow['result']): ReturnType<typeof outcomeWords> {
  switch (result) {
    case undefined:
      return { text: 'Allowed, running', tone: 'good' };
    case 'ok':
      return { text: 'Allowed', tone: 'good' };
    case 'input required':
      return { text: 'Allowed, first half', tone: 'good' };
    case 'tool error':
      return { text: 'Allowed, failed', tone: 'warn' };
    case 'upstream error':
      return { text: 'Allowed, no answer', tone: 'warn' };
    case 'cancelled':
      return { text: 'Allowed, cancelled', tone: 'quiet' };
    case 'interrupted':
      return { text: 'Allowed, interrupted', tone: 'quiet' };
  }
}

/** By what way the person answered, to stand after "You": nothing where it was the window, or is not known. */
export function answeredWords(answeredBy: ActivityRow['answeredBy']): string {
  switch (answeredBy) {
    case 'phone':
      return ', by phone';
    case 'notification':
      return ', by notification';
    case 'tray':
      return ', in the tray';
    case 'command line':
      return ', on the command line';
    case 'window':
    case undefined:
      return '';
  }
}

/** Who decided, as the subject of "decided". */
export function deciderWords(decidedBy: ActivityRow['decidedBy']): string {
  switch (decidedBy) {
    case undefined:
      return '';
    case 'person':
      return 'You';
    case 'policy':
      return 'Policy';
    case 'allowance':
      return 'Allowance';
    case 'guard mode':
      return 'Guard mode';
    case 'timeout':
      return 'Timeout';
    case 'client':
      return 'Client';
    case 'greenlight':
      return 'Greenlight';
  }
}

/** What a policy would have done with a call that decides nothing of it. */
export function wouldWords(would: Would): { text: string; tone: 'good' | 'bad' | 'warn' | 'quiet' } {
  switch (would) {
    case 'allow':
      return { text: 'Would have allowed', tone: 'good' };
    case 'ask':
      return { text: 'Would have asked', tone: 'warn' };
    case 'deny':
      return { text: 'Would have denied', tone: 'bad' };
    case 'unknown':
      return { text: 'Cannot be told', tone: 'quiet' };
  }
}

/** How the upstream stands, as one short line. */
export function upstreamWords({ kind, status }: Pick<UpstreamStatus, 'kind' | 'status'>): string {
  const name = { sandbox: 'Sandbox', http: 'Luma', stdio: 'Local server' }[kind];
  switch (status) {
    case 'starting':
      return `${name} is starting`;
    case 'connected':
      return `${name} connected`;
    case 'unreachable':
      return `${name} cannot be reached`;
    case 'unauthorized':
      // It may be a custom one: what is known of it is its kind.
      return 'The upstream refuses the token';
  }
}
