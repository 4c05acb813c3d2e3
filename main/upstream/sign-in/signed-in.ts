import { z } from 'zod';

/**
 * What is kept of a sign-in by OAuth: the tokens, and what is needed to renew them (RFC 6749, 6; RFC 8707). Some keyrings
 * take little more than 1,000 characters, so it is no more than that.
 */
const kept = z.strictObject({
  /** The authorization server. */
  issuer: z.string(),
  tokenEndpoint: z.string(),
  revocationEndpoint: z.string().optional(),
  /** How a client may say who it is there. */
  methods: z.array(z.string()).optional(),
  client: z.strictObject({
    client_id: z.string(),
    client_secret: z.string().optional(),
    token_endpoint_auth_method: z.string().optional(),
  }),
  /** What the tokens are for, as that server calls it. */
  resource: z.string().optional(),
  access: z.string(),
  refresh: z.string().optional(),
  /** When the access token ends, by Greenlight's own time (ms); absent where it was not said. */
  until: z.number().optional(),
});
export type SignedIn = z.infer<typeof kept>;

/** What `text` of the vault says; `undefined` where it is no sign-in. */
export function readSignedIn(text: string | undefined): SignedIn | undefined {
  if (text === undefined) return undefined;
  try {
    return kept.parse(JSON.parse(text));
  } catch {
    // The reason would quote it. The person signs in again.
    return undefined;
  }
}

/** The tokens of an answer of the token endpoint that came at `now`. */
export function tokensOf(
  answer: { access_token: string; refresh_token?: string | undefined; expires_in?: number | undefined },
  now: number,
): Pick<SignedIn, 'access' | 'refresh' | 'until'> {
  const { access_token: access, refresh_token: refresh, expires_in: seconds } = answer;
  return {
    access,
    ...(refresh !== undefined && { refresh }),
    ...(seconds !== undefined && { until: now + Math.max(0, seconds) * 1000 }),
  };
}
