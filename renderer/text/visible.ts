import { markedText } from '../../shared/text.ts';

export * from '../../shared/text.ts';

/** An attribute that is read out, or shown on hover, with everything in it visible. */
export function marked(text: string | undefined): string | undefined {
  return text === undefined ? undefined : markedText(text);
}
