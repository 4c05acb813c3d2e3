/** Why a call does not run, or not yet: what the agent is told. */
export interface Refusal {
  /** What the agent sees; `waiting`: it may call again with its ticket. */
  outcome: 'denied' | 'waiting';
  /** A JSON Pointer into the policy, or a word in brackets. */
  rule: string;
  /** What happened, and why. One or more sentences. */
  reason: string;
  /** What to do now. */
  advice: string;
  policy?: { id: string; version: number } | undefined;
  retryAfterSeconds?: number | undefined;
  /** The approval's id, when the agent may call again with the same arguments. */
  ticket?: string | undefined;
}

/** A refusal as an MCP tool result, so that the model reads it (proxy.md, *What the agent sees*). */
export function refusalResult(refusal: Refusal): {
  isError: true;
  content: { type: 'text'; text: string }[];
  _meta: Record<string, unknown>;
} {
  const headline =
    refusal.outcome === 'waiting' ? 'Greenlight: waiting for approval.' : 'Greenlight: denied.';
  return {
    isError: true,
    content: [{ type: 'text', text: [headline, refusal.reason, refusal.advice].filter(Boolean).join('\n') }],
    _meta: {
      'greenlight/decision': {
        outcome: refusal.outcome,
        rule: refusal.rule,
        policy: refusal.policy?.id ?? null,
        version: refusal.policy?.version ?? null,
        ...(refusal.retryAfterSeconds !== undefined && { retryAfterSeconds: refusal.retryAfterSeconds }),
        ...(refusal.ticket !== undefined && { ticket: refusal.ticket }),
      },
    },
  };
}

/** Advice that several refusals share. Written for a model: what not to do is as useful as what to do. */
export const advice = {
  askPerson:
    'Do not try again with the same arguments; tell the user what you wanted and why it was refused.',
  changeArguments:
    'Change the arguments so that they fit, or tell the user what you wanted and why it was refused.',
  retryLater: (seconds: number) => `Try again in ${seconds} s, not earlier; or go on with something else.`,
  retrySoon: 'Try again once; if it fails again, tell the user.',
} as const;
