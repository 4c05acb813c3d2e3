import type { Video } from '../../shared/contract.ts';
import type { Tone } from '../design/badge.tsx';

export function stateWords(state: Video['state']): { text: string; tone: Tone } {
  switch (state) {
    case 'pending':
      return { text: 'In the making', tone: 'quiet' };
    case 'completed':
      return { text: 'Ready', tone: 'good' };
    case 'failed':
      return { text: 'Failed', tone: 'bad' };
  }
}

/** Where an address goes, when it is a web address that can be opened; its host as the browser reads it. */
export function webAddress(text: string): { href: string; host: string } | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) return undefined;
  return { href: url.href, host: url.host };
}

/** Whether an address is a picture that is all in itself, so that showing it asks nobody. */
export function isOwnPicture(text: string): boolean {
  return /^data:image\/(?:png|jpeg|gif|webp|avif|svg\+xml)[;,]/.test(text);
}
