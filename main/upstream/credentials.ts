/** Who calls, where the person signed in to the upstream: an access token that is renewed when its time is over. */
export interface Credentials {
  /** The access token, renewed where it is over. Rejects with an `UpstreamError` (not reached) where there is none. */
  token(): Promise<string>;
  /** Another one than `refused`, which the upstream did not take; `undefined` where there is none. Rejects as `token` does. */
  renewed(refused: string): Promise<string | undefined>;
  /** Whether they are those of the sign-in with this access token. */
  are(access: string): boolean;
  /** The person has signed out: tells the server, as far as it takes that. Never rejects. */
  revoke(): Promise<void>;
  /**
   * How it stands: at which host the person signed in, when the access token ends (Greenlight's own time, ms), whether it
   * is renewed then, and why the sign-in is over.
   */
  status(): { at: string; until: number | undefined; renews: boolean; over: string | undefined };
}
