/** What the phone's buttons say: an answer to one question as it was told, signed. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

export type PhoneAnswer = 'allow' | 'deny';

/** What a signed answer is bound to. Whatever of it changes, the answer is none any more. */
export interface Bond {
  id: string;
  /** Of all that is sent. */
  digest: string;
  expiresAt: number;
  /** What the phone showed. */
  title: string;
  body: string;
  /** Of this one telling: {@link newNonce}. */
  nonce: string;
}

const SAID = /^(allow|deny) ([-\w]{1,64}) ([-\w]{43})$/;

/** Signs answers, and knows those that it signed. */
export interface Signing {
  sign(bond: Bond, answer: PhoneAnswer): string;
  /** The answer that `text` is to one of the questions that `bondOf` knows by their ids; `undefined`: it is none. */
  read(
    text: string,
    bondOf: (id: string) => Bond | undefined,
  ): { id: string; answer: PhoneAnswer } | undefined;
}

/** With a key that is made here and is nowhere else: with Greenlight, all that it signed is over. */
export function createSigning(): Signing {
  const key = randomBytes(32);
  const code = ({ id, digest, expiresAt, title, body, nonce }: Bond, answer: string) =>
    createHmac('sha256', key)
      .update(JSON.stringify([id, digest, answer, expiresAt, nonce, title, body]))
      .digest('base64url');
  return {
    sign: (bond, answer) => `${answer} ${bond.id} ${code(bond, answer)}`,
    read(text, bondOf) {
      if (text.length > 200) return undefined;
      const [, answer, id = '', found = ''] = SAID.exec(text) ?? [];
      const bond = bondOf(id);
      if (bond === undefined || (answer !== 'allow' && answer !== 'deny')) return undefined;
      return timingSafeEqual(Buffer.from(code(bond, answer)), Buffer.from(found))
        ? { id, answer }
        : undefined;
    },
  };
}

/** A text that nobody else knows, and that is in no other telling. */
export function newNonce(): string {
  return randomBytes(16).toString('base64url');
}
