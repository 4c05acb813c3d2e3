import type { ApiParts, Handlers } from './parts.ts';

/** Telling the phone, and what it may answer. */
export function phoneHandlers({
  core: { phone },
}: ApiParts): Pick<Handlers, 'phone.get' | 'phone.test' | 'phone.renew'> {
  return {
    'phone.get': async () => ({ topic: await phone.topic(), mayAllow: phone.mayAllow() }),
    async 'phone.test'() {
      await phone.test();
      return { done: true };
    },
    'phone.renew': async () => ({ topic: await phone.renew() }),
  };
}
