import type { ApiParts, Handlers } from './parts.ts';

export function phoneHandlers({
  core: { phone },
}: ApiParts): Pick<Handlers, 'phone.get' | 'phone.test' | 'phone.renew'> {
  const link = async () => {
    const topic = await phone.topic();
    return topic === undefined ? {} : { topic };
  };
  return {
    'phone.get': link,
    async 'phone.test'() {
      await phone.test();
      return { done: true };
    },
    async 'phone.renew'() {
      await phone.renew();
      return link();
    },
  };
}
